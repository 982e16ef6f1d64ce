//! Everything a method may take and return, named and unnamed lifetimes.

use connector::handler::{Cx, Handler, HandlerError, Order, Reply, RouteKind, State};
use connector::protocol::message::RequestId;
use connector::session::Session;
use connector::{Json, Peer, Raw, handler};

struct Chat {
    greeting: String,
}

#[derive(serde::Deserialize)]
struct Line {
    text: String,
}

#[derive(serde::Serialize)]
struct Sent<'a> {
    text: &'a str,
}

struct ChatError;

impl From<ChatError> for HandlerError {
    fn from(_: ChatError) -> Self {
        Self::new(409, "no")
    }
}

/// A name that is also that of our attribute.
macro_rules! accessors {
    ($name:ident: $ty:ty) => {
        fn $name(&self, map: &[$ty; 2]) -> $ty {
            map[0]
        }
    };
}

#[handler("chat.chatHandler")]
impl Chat {
    accessors! { route: u8 }

    #[cfg_attr(all(), allow(unused_variables, reason = "route"), doc(alias = "route"))]
    fn on_the_way(&self, route: u8) {}

    /// Says hello.
    ///
    /// In the words of this server.
    #[route]
    async fn say_hello(&self) -> Json<&str> {
        Json(&self.greeting)
    }

    #[route("chat.chatHandler.typing", notify, concurrent, code = 7)]
    async fn typing(&self, _: &Session, Json(line): Json<Line>) {
        self.drop(line);
    }

    #[route]
    async fn fails(&self, line: Json<Line>, _id: Option<RequestId>) -> Result<Raw, ChatError> {
        self.drop(line.0);
        Err(ChatError)
    }

    #[route("other.chatHandler.lives")]
    pub(crate) async fn lives<'s, 'p>(&'s self, peer: &'p Peer, cx: Cx<'p>) -> Json<Sent<'s>>
    where
        'p: 's,
    {
        let _ = (peer, cx);
        Json(Sent { text: &self.greeting })
    }

    #[route]
    async fn unnamed(&self, State(state): State<'_, u32>) -> impl Reply {
        Json(*state)
    }

    #[route]
    async fn r#type(&self, mut line: Json<Line>) -> () {
        line.0.text.clear();
    }

    fn drop(&self, line: Line) {
        drop(line.text);
    }
}

#[test]
fn what_a_method_takes_and_returns() {
    let chat = Chat { greeting: String::new() };
    chat.on_the_way(chat.route(&[1, 2]));
    let routes = Chat::ROUTES;
    let names: Vec<_> = routes.iter().map(|spec| spec.route).collect();
    assert_eq!(
        names,
        [
            "chat.chatHandler.sayHello",
            "chat.chatHandler.typing",
            "chat.chatHandler.fails",
            "other.chatHandler.lives",
            "chat.chatHandler.unnamed",
            "chat.chatHandler.type",
        ]
    );
    assert_eq!(routes[0].docs, "Says hello.\n\nIn the words of this server.");
    assert_eq!(routes[0].kind, RouteKind::Request);
    assert_eq!(routes[0].order, None);
    assert_eq!(routes[1].kind, RouteKind::Notify);
    assert_eq!(routes[1].order, Some(Order::Concurrent));
    assert_eq!(routes[1].code, Some(7));
    assert!(routes.iter().all(|spec| spec.parse().is_ok()));
}
