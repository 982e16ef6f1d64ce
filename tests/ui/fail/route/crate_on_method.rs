use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(crate = "connector")]
    async fn send(&self) {}
}

fn main() {}
