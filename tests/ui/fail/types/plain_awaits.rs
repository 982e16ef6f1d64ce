use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    fn send(&self) {
        std::future::ready(()).await;
    }
}

fn main() {}
