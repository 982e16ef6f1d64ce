use connector::{Json, handler};

#[derive(serde::Deserialize)]
struct Line {
    room: Room,
}

#[derive(serde::Deserialize)]
struct Room {
    id: u64,
    size: f64,
}

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(key = "room.size")]
    async fn send(&self, Json(_): Json<Line>) {}
}

fn main() {}
