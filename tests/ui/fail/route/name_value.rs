use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route = "chat.chatHandler.send"]
    async fn send(&self) {}
}

fn main() {}
