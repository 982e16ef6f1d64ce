use connector::{Json, handler};

struct Chat;

struct Line {
    text: String,
}

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, Json(line): Json<Line>) {
        drop(line.text);
    }
}

fn main() {}
