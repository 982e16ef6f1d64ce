use connector::{Router, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn join(&self) {}

    #[route(code = 7)]
    async fn send(&self) {}
}

struct Rooms;

#[handler("chat.roomHandler")]
impl Rooms {
    #[route]
    async fn list(&self) {}

    #[route("chat.chatHandler.join")]
    async fn enter(&self) {}
}

struct Other;

#[handler("chat.otherHandler")]
impl Other {
    #[route]
    async fn list(&self) {}

    #[route("chat.chatHandler.send")]
    async fn say(&self) {}
}

#[derive(Router)]
struct Game {
    chat: Chat,
    rooms: Rooms,
    other: Other,
}

fn main() {}
