use connector::handler;

struct Chat<'a>(&'a str);

#[handler("chat.chatHandler")]
impl Chat<'_> {
    #[route]
    async fn send(&self) {}
}

fn main() {
    let _ = Chat("lobby").0;
}
