use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    #[route("chat.chatHandler.other")]
    async fn send(&self) {}
}

fn main() {}
