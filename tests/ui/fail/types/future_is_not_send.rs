use connector::handler;

use std::rc::Rc;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) {
        let line = Rc::new(1);
        std::future::ready(()).await;
        drop(line);
    }

    #[route]
    async fn fine(&self) {}
}

fn main() {}
