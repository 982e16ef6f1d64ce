use connector::handler;

struct Chat;

struct Line {
    text: String,
}

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    fn send(&self, line: &Line) {
        drop(line.text.len());
    }
}

fn main() {}
