use connector::handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self, line: &str) {
        drop(line.len());
    }
}

fn main() {}
