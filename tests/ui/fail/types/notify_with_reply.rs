use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(notify)]
    async fn typing(&self) -> Json<bool> {
        Json(true)
    }
}

fn main() {}
