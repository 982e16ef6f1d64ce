use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    const SEND: u8 = 7;

    #[route]
    async fn send(&self) {}
}

fn main() {}
