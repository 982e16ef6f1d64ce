use connector::{Json, Server, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, Json(text): Json<String>) -> {
        Json(text.len())
    }

    #[route]
    async fn leave(&self) {
        self.note("leaves");
    }

    fn note(&self, _: &str) {}
}

fn main() {
    Chat.note("begins");
    let _ = Server::builder().handler(Chat);
    let _ = Chat.leave();
}
