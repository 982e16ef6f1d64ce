//! A route that does not exist leaves no trace, and the others keep their
//! places.

use connector::handler;
use connector::handler::Handler;

struct Chat;

#[handler("chat.chatHandler")]
impl Chat {
    #[route]
    async fn first(&self) {}

    #[cfg(any())]
    #[route]
    async fn never(&self, missing: Missing) -> Missing {}

    #[cfg(not(any()))]
    #[route]
    async fn always(&self) {}

    #[route("chat.chatHandler.one")]
    #[cfg(not(any()))]
    async fn one_or_the_other(&self) {}

    #[route("chat.chatHandler.one")]
    #[cfg(any())]
    async fn one_or_the_other(&self) {}

    #[route]
    #[cfg(any())]
    #[cfg(not(any()))]
    async fn neither(&self) {}

    #[route]
    async fn last(&self) {}
}

struct Nothing;

#[handler("chat.nothing")]
impl Nothing {
    #[cfg(any())]
    #[route]
    async fn never(&self, session: &Session) -> impl Reply {}

    #[cfg(any())]
    #[route(notify)]
    async fn neither(&self, peer: &Peer) {}
}

#[test]
fn what_is_switched_off_leaves_no_trace() {
    assert!(Nothing::ROUTES.is_empty());
    let names: Vec<_> = Chat::ROUTES.iter().map(|spec| spec.route).collect();
    assert_eq!(
        names,
        [
            "chat.chatHandler.first",
            "chat.chatHandler.always",
            "chat.chatHandler.one",
            "chat.chatHandler.last",
        ]
    );
}
