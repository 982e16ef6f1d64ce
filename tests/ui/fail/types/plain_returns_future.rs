use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    fn send(&self) -> impl Future<Output = ()> {
        std::future::ready(())
    }
}

fn main() {}
