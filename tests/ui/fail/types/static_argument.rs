use connector::{Session, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, session: &'static Session) {
        let _ = session;
    }
}

fn main() {}
