use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(key = room)]
    async fn send(&self) {}
}

fn main() {}
