use connector::prelude::*;

#[derive(serde::Deserialize, serde::Serialize)]
struct Line {
    text: String,
}

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, Json(line): &Json<Line>) {}
}

fn main() {}
