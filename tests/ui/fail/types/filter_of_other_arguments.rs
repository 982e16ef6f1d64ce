use connector::handler;
use connector::handler::HandlerError;
use connector::session::Session;

fn signed_in(session: &Session) -> Result<(), HandlerError> {
    session.uid().map(drop).ok_or_else(HandlerError::failed)
}

struct Chat;

#[handler("chat.chatHandler", filter = signed_in)]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
