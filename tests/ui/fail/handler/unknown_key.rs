use connector::handler;

struct Chat;

#[handler("chat.chatHandler", prefix = "x")]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
