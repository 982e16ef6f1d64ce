//! Every form that a router can have.

use connector::{Router, Server, handler};

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route(code = 1)]
    async fn send(&self) {}
}

mod rooms {
    pub struct Rooms<const N: usize>;

    #[connector::handler("chat.rooms")]
    impl Rooms<3> {
        #[route(code = 2)]
        async fn list(&self) {}
    }

    #[connector::handler("chat.others")]
    impl Rooms<4> {
        #[route(code = 3)]
        async fn list(&self) {}
    }
}

#[derive(Router)]
pub struct Game {
    chat: Chat,
    r#match: rooms::Rooms<3>,
}

#[derive(Router)]
struct Pair(Chat, self::rooms::Rooms<4>);

#[derive(Router)]
#[router(crate = "::connector")]
struct One {
    chat: Chat,
    #[cfg(any())]
    never: Missing,
}

#[test]
fn every_form_of_a_router() {
    drop(Server::builder().router(Game { chat: Chat, r#match: rooms::Rooms }));
    drop(Server::builder().router(Pair(Chat, rooms::Rooms)));
    drop(Server::builder().router(One { chat: Chat }));
}
