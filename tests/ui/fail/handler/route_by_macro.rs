use connector::handler;

macro_rules! make {
    ($(#[$attr:meta])* $name:ident) => {
        $(#[$attr])*
        async fn $name(&self) {}
    };
}

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn send(&self) {}

    make! {
        #[route]
        pong
    }
}

fn main() {}
