use connector::{Json, Raw, handler};

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
    #[route(key = "room")]
    async fn raw(&self, _: Raw) {}

    #[route(key = "room")]
    fn text(&self, _: &str) {}

    #[route(key = "room")]
    async fn nothing(&self) {}

    #[route(key = "room.")]
    async fn path(&self, Json(_): Json<Line>) {}
}

fn main() {}
