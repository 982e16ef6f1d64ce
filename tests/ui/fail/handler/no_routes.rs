use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    async fn send(&self) {}
}

fn main() {}
