use connector::handler;

struct Busy;

struct Chat;

#[handler("chat.chatHandler", filter = Busy)]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
