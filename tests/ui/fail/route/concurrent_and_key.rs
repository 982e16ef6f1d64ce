use connector::{Json, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(concurrent, key = "0")]
    async fn send(&self, _: Json<(u8,)>) {}
}

fn main() {}
