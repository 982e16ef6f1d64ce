use connector::{Session, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, #[cfg(unix)] session: &Session) {
        let _ = session;
    }
}

fn main() {}
