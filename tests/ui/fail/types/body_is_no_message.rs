use connector::{Body, handler};

struct Chat;

#[derive(serde::Deserialize)]
struct Line {
    text: String,
}

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, Body(line): Body<Line>) {
        drop(line.text);
    }
}

fn main() {}
