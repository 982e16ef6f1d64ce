use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(notify = true)]
    async fn typing(&self) {}
}

fn main() {}
