use connector::{Router, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn join(&self) {}

    #[route(code = 7)]
    async fn send(&self) {}
}

#[derive(Router)]
struct Game {
    chat: Chat,
    name: String,
}

fn main() {}
