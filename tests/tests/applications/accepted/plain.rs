//! Routes that never wait: what they may borrow, beside routes that may.

use std::borrow::Cow;
use std::sync::Arc;

use connector::handler::{Cx, FromCall, Handler, HandlerError, Order, RawBody, Reply, State};
use connector::{Body, Json, Peer, Proto, Raw, RequestId, ServerHandle, Session, handler};

#[derive(serde::Deserialize)]
struct Greet<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    from: &'a str,
}

#[derive(serde::Serialize)]
struct Hello<'a> {
    hello: &'a str,
}

#[derive(Clone, PartialEq, prost::Message, serde::Serialize, serde::Deserialize)]
struct Line {
    #[prost(string, tag = "1")]
    text: String,
}

/// An extractor of the user's own that borrows.
struct Length<'b>(&'b [u8]);

impl<'b> FromCall<'_, 'b> for Length<'b> {
    fn from_call(_: &Cx<'_>, body: RawBody<'b>) -> Result<Self, HandlerError> {
        Ok(Self(body.bytes()))
    }
}

/// And one that does not, which both kinds of routes take.
struct Uid(Option<Arc<str>>);

impl FromCall<'_, '_> for Uid {
    fn from_call(cx: &Cx<'_>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(Self(cx.session.uid()))
    }
}

struct Chat {
    greeting: String,
}

#[handler("chat.chatHandler")]
impl Chat {
    /// Says hello.
    #[route]
    fn greet<'m>(&self, Json(greet): Json<Greet<'m>>) -> Json<Hello<'m>> {
        drop(greet.name);
        Json(Hello { hello: greet.from })
    }

    #[route(code = 7)]
    async fn waits(&self, Uid(uid): Uid, line: Json<Line>) -> Json<usize> {
        std::future::ready(()).await;
        Json(line.0.text.len() + uid.map_or(0, |uid| uid.len()))
    }

    #[route(notify, concurrent)]
    fn typing(&self, _: &Session, text: &str, _: State<'_, u32>, Uid(_): Uid) {
        drop(text.len());
    }

    #[route]
    fn bytes<'s>(&'s self, bytes: &[u8], server: &ServerHandle, peer: &'s Peer) -> Json<&'s str> {
        let _ = (bytes, server, peer);
        Json(&self.greeting)
    }

    #[route]
    fn own<'b>(&self, Length(bytes): Length<'b>) -> impl Reply + use<'b> {
        Json(bytes.len())
    }

    #[route(key = "name")]
    fn fails(&self, _: Option<Json<Greet<'_>>>, cx: Cx<'_>) -> Result<Raw, HandlerError> {
        let _ = cx.id;
        Err(HandlerError::failed())
    }

    #[route]
    fn either(&self, body: Option<&str>, _: Option<RequestId>) -> Result<(), HandlerError> {
        drop(body.map(str::len));
        Ok(())
    }

    #[route]
    fn proto(&self, Proto(line): Proto<Line>) -> Proto<Line> {
        Proto(line)
    }

    #[route]
    fn body(&self, mut line: Body<Line>, _server: ServerHandle) -> Body<Line> {
        line.0.text.clear();
        line
    }

    #[route]
    #[cfg(any())]
    fn never(&self, missing: Missing) -> Missing {}

    #[route]
    #[cfg(not(any()))]
    fn nothing(&self) {}

    #[route]
    async fn last(&self) {}
}

struct Plain;

#[handler("chat.plain")]
impl Plain {
    #[route]
    fn only(&self) -> Json<Self> {
        Json(Self)
    }
}

impl serde::Serialize for Plain {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

#[test]
fn routes_that_never_wait() {
    let routes = Chat::ROUTES;
    assert_eq!(routes[0].docs, "Says hello.");
    assert_eq!(routes[2].order, Some(Order::Concurrent));
    assert_eq!(routes[5].order, Some(Order::Keyed("name")));
    let waits: Vec<_> = routes.iter().filter(|spec| !spec.plain).map(|spec| spec.route).collect();
    assert_eq!(waits, ["chat.chatHandler.waits", "chat.chatHandler.last"]);
    assert!(<Arc<Plain> as Handler>::ROUTES[0].plain);
    drop(
        connector::Server::builder()
            .handler(Arc::new(Plain))
            .handler(Chat { greeting: "hi".into() }),
    );
}
