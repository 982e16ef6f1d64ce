use connector::handler;

use std::cell::Cell;

struct Chat {
    count: Cell<u32>,
}

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) {
        self.count.set(1);
    }
}

fn main() {}
