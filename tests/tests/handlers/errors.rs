//! `#[derive(RouteError)]`, as a client sees it.

use std::fmt;

use connector::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::start;

#[derive(Debug, thiserror::Error, RouteError)]
enum ChatError {
    #[error("there is no room {room}")]
    #[route_error(code = 404)]
    NoRoom {
        #[route_error(meta)]
        room: String,
        asked: u32,
    },
    #[error("{0} of {1}")]
    #[route_error(code = 409, message = "the room is full")]
    Full(#[route_error(meta = "now")] u32, #[route_error(meta = "most")] u32),
    #[error("the database of 10.0.0.1 is gone")]
    Store,
}

/// Has no text of its own.
#[derive(RouteError)]
#[route_error(code = 429)]
struct TooFast<T: Serialize> {
    #[route_error(meta = "retryAfter")]
    seconds: T,
}

/// Its text has fields, by name and by place.
#[derive(RouteError)]
enum Ban {
    #[route_error(code = 403, message = "{who} is banned by {by:?} {{{by}}}")]
    By { who: &'static str, by: String },
    #[route_error(message = "banned for {1:>3} h, {0}")]
    For(#[route_error(meta = "why")] &'static str, u8),
    #[route_error(message = "{for} days {{in all}}")]
    Days { r#for: u8 },
    #[route_error(message = "{{no}} field")]
    None,
}

/// One that JSON cannot express goes without.
#[derive(RouteError)]
#[route_error(message = "odd")]
struct Odd(#[route_error(meta = "odd")] NotJson);

struct NotJson;

impl Serialize for NotJson {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no"))
    }
}

struct Failing;

#[handler("test.failing")]
impl Failing {
    #[route]
    async fn fail(&self, Json(which): Json<u32>) -> Result<(), ChatError> {
        Err(match which {
            0 => ChatError::NoRoom { room: "den".into(), asked: which },
            1 => ChatError::Full(7, 8),
            _ => ChatError::Store,
        })
    }

    #[route]
    async fn hurry(&self) -> Result<Json<u8>, TooFast<u8>> {
        Err(TooFast { seconds: 3 })
    }
}

async fn body_of(which: u32) -> Value {
    let (_server, client) = start(Server::builder().handler(Failing)).await;
    json!(client.expect_error("test.failing.fail", Json(&which)).await)
}

#[tokio::test(start_paused = true)]
async fn a_variant_tells_code_text_and_metadata() {
    let told = json!({ "code": 404, "msg": "there is no room den", "room": "den" });
    assert_eq!(body_of(0).await, told);
    let worded = json!({ "code": 409, "msg": "the room is full", "now": 7, "most": 8 });
    assert_eq!(body_of(1).await, worded);
}

#[tokio::test(start_paused = true)]
async fn a_variant_that_says_nothing_stays_inside() {
    assert_eq!(body_of(2).await, json!({ "code": 500 }));
}

#[tokio::test(start_paused = true)]
async fn an_error_without_a_text_is_told_without() {
    let (_server, client) = start(Server::builder().handler(Failing)).await;
    let error = client.expect_error("test.failing.hurry", ()).await;
    assert_eq!(error, HandlerError::new(429, "").with("retryAfter", 3));
}

#[test]
fn metadata_that_is_no_json_is_left_out() {
    assert_eq!(HandlerError::from(Odd(NotJson)), HandlerError::new(500, "odd"));
}

#[test]
fn an_enum_without_variants_is_an_error_that_never_happens() {
    #[derive(RouteError)]
    enum Never {}
    fn becomes<T: Into<HandlerError>>() -> impl fmt::Debug {
        std::any::type_name::<T>()
    }
    assert!(format!("{:?}", becomes::<Never>()).contains("Never"));
}

#[test]
fn the_text_of_an_error_has_its_fields() {
    let by = Ban::By { who: "bob", by: "ann".into() };
    let for_hours = Ban::For("noise", 7);
    for (ban, code, text) in [
        (by, 403, r#"bob is banned by "ann" {ann}"#),
        (for_hours, 500, "banned for   7 h, noise"),
        (Ban::Days { r#for: 3 }, 500, "3 days {in all}"),
        (Ban::None, 500, "{no} field"),
    ] {
        let error = HandlerError::from(ban);
        assert_eq!((error.code, &*error.message), (code, text));
    }
    assert_eq!(HandlerError::from(Ban::For("noise", 7)).metadata["why"], "noise");
}
