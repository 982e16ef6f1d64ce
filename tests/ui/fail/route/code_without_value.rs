use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(code)]
    async fn send(&self) {}
}

fn main() {}
