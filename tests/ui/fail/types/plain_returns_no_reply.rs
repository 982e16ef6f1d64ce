use connector::handler;

struct Chat;

struct Sent {
    at: u64,
}

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    fn send(&self) -> Sent {
        Sent { at: 1 }
    }
}

fn main() {}
