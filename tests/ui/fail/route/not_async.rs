use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    fn send(&self) {}
}

fn main() {}
