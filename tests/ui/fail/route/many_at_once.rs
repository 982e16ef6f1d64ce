use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route("chat.send")]
    async fn send(&self) {}

    #[route(notfy)]
    async fn typing(&self) {}

    #[route]
    fn leave(self) {}

    #[route("chat.chatHandler.join", concurrent = 1)]
    async fn join(&mut self) {}
}

fn main() {}
