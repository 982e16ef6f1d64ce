use connector::handler;

struct Chat;

#[handler("chat.chatHandler", crate = connector)]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
