use connector::{Json, Server, Session, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn leave(&self) {
        self.note("leaves");
    }

    fn note(&self, _: &str) {}

    #[route]
    async fn send(&self, session: &Session, Json(text): ) -> Json<usize> {
        Json(text.len())
    }
}

fn main() {
    Chat.note("begins");
    let _ = Server::builder().handler(Chat);
    let _ = Chat.leave();
}
