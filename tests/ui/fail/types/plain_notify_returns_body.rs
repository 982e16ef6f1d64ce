use connector::handler::HandlerError;
use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(notify)]
    fn typing(&self) -> Result<Json<bool>, HandlerError> {
        Ok(Json(true))
    }
}

fn main() {}
