use connector::prelude::*;

#[derive(serde::Deserialize, serde::Serialize)]
struct Line {
    text: String,
}

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) -> impl serde::Serialize { 1 }
}

fn main() {}
