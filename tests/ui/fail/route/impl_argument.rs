use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, line: impl Sized) {
        drop(line);
    }
}

fn main() {}
