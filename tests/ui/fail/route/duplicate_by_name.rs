use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send_line(&self) {}

    #[route]
    async fn sendLine(&self) {}
}

fn main() {}
