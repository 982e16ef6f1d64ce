use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(key = "")]
    async fn send(&self, _: Json<(u8,)>) {}
}

fn main() {}
