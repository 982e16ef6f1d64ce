use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(concurrent, key = "room")]
    async fn send(&self) {}
}

fn main() {}
