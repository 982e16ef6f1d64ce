use connector::{Json, handler};

#[derive(serde::Deserialize)]
struct Line {
    room: u64,
}

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(key = line.room())]
    async fn send(&self, Json(_): Json<Line>) {}

    #[route(key = |line| line.room, notify)]
    async fn typing(&self, Json(_): Json<Line>) {}
}

fn main() {}
