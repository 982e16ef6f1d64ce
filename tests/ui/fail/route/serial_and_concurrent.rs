use connector::prelude::*;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(serial, concurrent)]
    async fn send(&self) {}

    #[route(key = "room", serial)]
    async fn join(&self, Json(_): Json<Join>) {}
}

#[derive(serde::Deserialize)]
struct Join {
    room: u32,
}

fn main() {}
