use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(timeout = "0s")]
    async fn send(&self) {}
}

fn main() {}
