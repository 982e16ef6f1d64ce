use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route("chat.chatHandler.send line")]
    async fn send(&self) {}
}

fn main() {}
