use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[cfg_attr(unix, route)]
    async fn send(&self) {}

    #[route]
    async fn leave(&self) {}
}

fn main() {}
