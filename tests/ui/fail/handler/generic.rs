use connector::handler;

struct Chat<T>(T);

#[handler("chat.chatHandler")]
impl<T: Send + Sync + 'static> Chat<T> {
    #[route]
    async fn send(&self) {}
}

fn main() {}
