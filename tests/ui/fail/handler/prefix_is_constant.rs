use connector::prelude::*;

#[derive(serde::Deserialize, serde::Serialize)]
struct Line {
    text: String,
}

struct Chat;

const PREFIX: &str = "chat.chatHandler";

#[handler(PREFIX)]
impl Chat {
    #[route]
    async fn send(&self) {}
}

fn main() {}
