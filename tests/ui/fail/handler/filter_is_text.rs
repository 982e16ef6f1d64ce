use connector::handler;

struct Chat;

#[handler("chat.chatHandler", filter = "signed_in")]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
