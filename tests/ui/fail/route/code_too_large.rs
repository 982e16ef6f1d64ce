use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(code = 65536)]
    async fn send(&self) {}
}

fn main() {}
