use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(timeout = "5")]
    async fn send(&self) {}
}

fn main() {}
