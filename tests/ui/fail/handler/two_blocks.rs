use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) {}
}

#[handler("chat.roomHandler")]
impl Chat {
    #[route]
    async fn join(&self) {}
}

fn main() {}
