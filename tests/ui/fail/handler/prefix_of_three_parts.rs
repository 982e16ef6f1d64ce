use connector::handler;

struct Chat;

#[handler("chat.chatHandler.send")]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
