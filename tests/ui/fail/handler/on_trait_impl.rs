use connector::handler;

struct Chat;

trait Talk {
    async fn send(&self);
}

#[handler("chat.chatHandler")]
impl Talk for Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
