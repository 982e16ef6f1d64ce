use connector::{Server, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn join(&self) {}

    #[route(code = 7)]
    async fn send(&self) {}
}

fn main() {
    drop(Server::builder().router(Chat));
}
