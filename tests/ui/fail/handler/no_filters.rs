use connector::handler;

struct Chat;

#[handler("chat.chatHandler", filter = [])]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
