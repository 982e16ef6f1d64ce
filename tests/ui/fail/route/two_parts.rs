use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route("chat.send")]
    async fn send(&self) {}
}

fn main() {}
