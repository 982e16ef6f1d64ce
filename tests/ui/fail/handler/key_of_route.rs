use connector::handler;

struct Chat;

#[handler("chat.chatHandler", timeout = "5s")]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
