use connector::handler;
use connector::session::Session;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, session: Option<Session>) {
        drop(session);
    }
}

fn main() {}
