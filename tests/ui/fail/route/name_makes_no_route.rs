use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn größe(&self) {}
}

fn main() {}
