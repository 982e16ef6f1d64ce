use connector::handler;

struct Chat;

#[handler("chat.chatHandler", filters = [signed_in])]
impl Chat {
    #[route(concurent)]
    async fn send(&self) {}

    #[route(time_out = "5s")]
    async fn leave(&self) {}
}

fn main() {}
