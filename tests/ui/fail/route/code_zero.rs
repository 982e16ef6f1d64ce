use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(code = 0)]
    async fn send(&self) {}
}

fn main() {}
