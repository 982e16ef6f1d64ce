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
    #[route(key = room.name)]
    async fn send(&self, Json(_): Json<Line>) {}

    #[route(key = rom.id)]
    async fn shout(&self, _: Option<Json<Line>>) {}

    #[route(key = "room.name")]
    async fn whisper(&self, Json(_): Json<Line>) {}

    #[route(key = room)]
    async fn untyped(&self, _: Json<serde_json::Value>) {}
}

fn main() {}
