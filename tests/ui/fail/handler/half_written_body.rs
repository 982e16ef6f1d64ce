use connector::{Json, Server, Session, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, session: &Session, Json(text): Json<String>) {
        let _ = text;
        session.
    }

    #[route]
    async fn leave(&self) {
        self.note(Self::NAME);
    }

    const NAME: &str = "chat";

    fn note(&self, _: &str) {}
}

fn main() {
    Chat.note(Chat::NAME);
    let _ = Server::builder().handler(Chat);
}
