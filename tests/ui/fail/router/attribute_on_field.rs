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
    #[router(prefix = "a")]
    chat: Chat,
}

fn main() {}
