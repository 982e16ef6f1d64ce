use connector::handler;
use connector::handler::HandlerError;

struct Chat;

#[handler("chat.chatHandler", filter = |cx, _| cx.session.uid().map(drop).ok_or_else(HandlerError::failed))]
impl Chat {
    #[route]
    async fn send(&self) {}

    #[route(filter = [async |_, _| Ok(())])]
    async fn join(&self) {}
}

fn main() {}
