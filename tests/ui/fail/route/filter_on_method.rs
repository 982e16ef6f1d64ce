use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(filter = signed_in)]
    async fn send(&self) {}
}

fn main() {}
