use connector::{Json, handler};

struct Chat;

#[derive(serde::Deserialize)]
struct Line<'a> {
    text: &'a str,
}

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, Json(line): Json<Line<'_>>) {
        drop(line.text.len());
    }
}

fn main() {}
