use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(notify, concurrent, notify)]
    async fn typing(&self) {}
}

fn main() {}
