//! Routes with more around them than a call.

use std::time::Duration;

use connector::handler::{Cx, Filter, FromCall, Handler, HandlerError, Order, RawBody, RouteSpec};
use connector::{Body, Json, Peer, Proto, Raw, RequestId, handler};

struct Chat;

#[derive(Clone, PartialEq, prost::Message, serde::Serialize, serde::Deserialize)]
struct Line {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(serde::Deserialize)]
struct Told {
    room: Option<Box<Room>>,
    r#type: String,
}

#[derive(serde::Deserialize)]
struct Room {
    id: u64,
}

struct Uid;

impl FromCall<'_, '_> for Uid {
    fn from_call(_: &Cx<'_>, _: RawBody<'_>) -> Result<Self, HandlerError> {
        Ok(Self)
    }
}

struct Busy<const MOST: usize>(std::sync::atomic::AtomicUsize);

impl<const MOST: usize> Filter for Busy<MOST> {
    async fn before(&self, _: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
        std::future::ready(self.0.load(std::sync::atomic::Ordering::Relaxed)).await;
        Ok(())
    }
}

/// Asks nothing.
struct Nothing;

impl Filter for Nothing {}

mod limits {
    use super::Busy;

    pub static BUSY: Busy<3> = Busy(std::sync::atomic::AtomicUsize::new(0));
}

const NONE: Nothing = Nothing;

fn signed_in(cx: &Cx<'_>, route: &RouteSpec) -> Result<(), HandlerError> {
    let _ = (cx.session.uid(), route.route);
    Ok(())
}

#[handler("chat.chatHandler", filter = [limits::BUSY, NONE, Nothing, signed_in])]
impl Chat {
    #[route(key = text, timeout = "5s")]
    async fn first(&self, Body(line): Body<Line>) -> Body<Line> {
        Body(line)
    }

    #[route(timeout = "2m", notify)]
    async fn second(&self, _: Option<Body<Line>>) {}

    #[route(timeout = "10ms", concurrent)]
    async fn third(&self, _: Option<Json<u8>>, _: RequestId, _: Peer) {}

    #[route]
    async fn fourth(&self, _: Option<Proto<Line>>) {}

    #[route]
    async fn fifth(&self, _: std::option::Option<Raw>) {}

    #[route(key = room?.id)]
    async fn sixth(&self, cx: Cx<'_>, Json(told): Json<Told>, _: Uid) {
        drop((cx, told.r#type));
    }

    #[route(key = "0.r#type")]
    async fn seventh(&self, _: Option<Json<(Told, u8)>>) {}
}

struct One;

#[handler("chat.one", filter = crate::accepted::guarded::signed_in)]
impl One {
    #[route]
    async fn first(&self) {}
}

#[test]
fn what_is_around_a_call() {
    let [first, second, third, ..] = Chat::ROUTES else { panic!() };
    assert_eq!(
        (first.order, first.timeout),
        (Some(Order::Keyed("text")), Some(Duration::from_secs(5)))
    );
    assert_eq!((second.order, second.timeout), (None, Some(Duration::from_secs(120))));
    assert_eq!(third.timeout, Some(Duration::from_millis(10)));
    assert_eq!(format!("{:?} {:?}", Chat.filters(), One.filters()), "Filters(4) Filters(1)");
}
