use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) {}

    #[route("chat.chatHandler.send")]
    async fn send_again(&self) {}
}

fn main() {}
