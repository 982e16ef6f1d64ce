use connector::handler;

struct Busy(u32);

struct Chat;

#[handler("chat.chatHandler", filter = Busy(3))]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
