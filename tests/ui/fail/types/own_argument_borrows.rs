use connector::handler;
use connector::handler::{Cx, FromCall, HandlerError, RawBody};

struct Chat;

struct Line<'b>(&'b str);

impl<'b> FromCall<'_, 'b> for Line<'b> {
    fn from_call(_: &Cx<'_>, body: RawBody<'b>) -> Result<Self, HandlerError> {
        Ok(Self(body.text()))
    }
}

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, line: Line<'_>) {
        drop(line.0.len());
    }
}

fn main() {}
