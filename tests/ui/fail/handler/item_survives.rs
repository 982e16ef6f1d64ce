use connector::handler;

struct Chat;

#[handler("chat")]
impl Chat {
    #[route]
    async fn send(&self) {}

    fn other(&self) {}
}

/// No error follows from the one above.
fn main() {
    Chat.other();
    drop(Chat.send());
    fn takes(_: impl connector::handler::Handler) {}
    takes(Chat);
}
