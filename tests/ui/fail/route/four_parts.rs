use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route("chat.chatHandler.room.send")]
    async fn send(&self) {}
}

fn main() {}
