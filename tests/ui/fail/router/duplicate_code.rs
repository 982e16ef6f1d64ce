use connector::{Router, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn join(&self) {}

    #[route(code = 7)]
    async fn send(&self) {}
}

mod rooms {
    pub struct Rooms;

    #[connector::handler("chat.roomHandler")]
    impl Rooms {
        #[route(code = 7)]
        async fn list(&self) {}
    }
}

#[derive(Router)]
struct Game(Chat, rooms::Rooms);

fn main() {}
