use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route("chat.chatHandler.a", "chat.chatHandler.b")]
    async fn send(&self) {}
}

fn main() {}
