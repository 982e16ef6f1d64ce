use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(notfy)]
    async fn typing(&self) {}
}

fn main() {}
