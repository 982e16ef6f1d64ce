use connector::prelude::*;

#[derive(serde::Deserialize, serde::Serialize)]
struct Line {
    text: String,
}

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) {}
}

#[derive(connector::Router)]
struct Game {
    chat: Box<Chat>,
    other: Option<u8>,
}

fn main() {}
