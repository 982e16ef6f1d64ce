//! What methods take, and what they return.

use std::collections::HashMap;

use connector::RequestId;
use connector::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::start;

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Line {
    #[prost(string, tag = "1")]
    #[serde(default)]
    text: String,
    #[prost(uint32, tag = "2")]
    #[serde(default)]
    times: u32,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
struct Order {
    #[serde(rename = "kind")]
    _kind: Kind,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    notes: HashMap<String, Line>,
}

#[derive(Deserialize)]
enum Kind {
    Fast,
}

struct Arguments;

#[handler("test.arguments")]
impl Arguments {
    #[route]
    async fn body(&self, Body(mut line): Body<Line>) -> Body<Line> {
        line.times += 1;
        Body(line)
    }

    #[route]
    async fn optional_body(&self, line: Option<Body<Line>>) -> Json<Option<u32>> {
        Json(line.map(|Body(line)| line.times))
    }

    #[route]
    async fn optional_json(&self, name: Option<Json<Name>>) -> Json<Option<String>> {
        Json(name.map(|Json(name)| name.name))
    }

    #[route]
    async fn order(&self, Json(order): Json<Order>) -> Json<usize> {
        Json(order.lines.len() + order.notes.len())
    }

    #[route]
    async fn optional_raw(&self, raw: Option<Raw>) -> Json<Option<usize>> {
        Json(raw.map(|Raw(bytes)| bytes.len()))
    }

    #[route]
    async fn optional_proto(&self, line: Option<Proto<Line>>) -> Json<Option<String>> {
        Json(line.map(|Proto(line)| line.text))
    }

    #[route]
    async fn about(&self, id: RequestId, peer: Peer, session: Session) -> Json<Value> {
        let same = session.peer() == &peer;
        Json(json!({ "id": id.get() > 0, "transport": peer.transport, "same": same }))
    }

    #[route]
    async fn needs_id(&self, id: RequestId, session: &Session) {
        let _ = session.push("onCalled", Json(&id.get()));
    }

    #[route]
    async fn maybe_id(&self, id: Option<RequestId>, session: &Session) {
        let _ = session.push("onCalled", Json(&id.is_some()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_follows_the_peers_format() {
    let (_server, client) = start(Server::builder().handler(Arguments)).await;
    let answer: Value =
        client.request("test.arguments.body", Json(json!({ "text": "hi", "times": 1 }))).await;
    assert_eq!(answer, json!({ "text": "hi", "times": 2 }));
    let error = client.expect_error("test.arguments.body", Json(json!({ "times": "often" }))).await;
    assert_eq!(error.code, 400);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_fit_names_the_field() {
    let (_server, client) = start(Server::builder().handler(Arguments)).await;
    let error =
        client.expect_error("test.arguments.optionalJson", Json(json!({ "other": 1 }))).await;
    assert_eq!(error.code, 400);
    assert!(error.message.contains("missing field `name`"), "{error}");
    for (route, body, told) in [
        ("body", json!({ "times": "often" }), "field `times`: invalid type: string"),
        ("optionalBody", json!({ "text": 7 }), "field `text`: invalid type: integer"),
        ("optionalJson", json!({ "name": [] }), "field `name`: invalid type: sequence"),
        ("order", json!({ "lines": [] }), "missing field `kind`"),
        ("order", json!({ "kind": "Slow" }), "field `kind`: unknown variant `Slow`"),
        (
            "order",
            json!({ "kind": "Fast", "lines": [{}, {}, { "text": 7 }] }),
            "field `lines[2].text`: invalid type: integer `7`, expected a string",
        ),
        (
            "order",
            json!({ "kind": "Fast", "notes": { "gift": { "times": -1 } } }),
            "field `notes.gift.times`: invalid value: integer `-1`, expected u32",
        ),
    ] {
        let error = client.expect_error(&format!("test.arguments.{route}"), Json(&body)).await;
        assert_eq!(error.code, 400);
        assert!(error.message.starts_with(told), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_optional_body_may_say_nothing() {
    let (_server, client) = start(Server::builder().handler(Arguments)).await;
    let client = client.client();
    for (route, body, expected) in [
        ("optionalJson", "", json!(null)),
        ("optionalJson", "null", json!(null)),
        ("optionalJson", "{}", json!(null)),
        ("optionalJson", r#"{"name":"ann"}"#, json!("ann")),
        ("optionalBody", " ", json!(null)),
        ("optionalBody", "{}", json!(0)),
        ("optionalBody", r#"{"times":3}"#, json!(3)),
        ("optionalRaw", "", json!(null)),
        ("optionalRaw", "{}", json!(2)),
        ("optionalProto", "", json!(null)),
        ("optionalProto", "\n\u{2}hi", json!("hi")),
    ] {
        let answer = client
            .request::<Raw>(&format!("test.arguments.{route}"), Raw::copy_from(body))
            .await
            .unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer, expected, "{route} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn id_peer_and_session_can_be_owned() {
    let (_server, client) = start(Server::builder().handler(Arguments)).await;
    let about: Value = client.request("test.arguments.about", ()).await;
    assert_eq!(about, json!({ "id": true, "transport": "memory", "same": true }));
}

#[tokio::test(start_paused = true)]
async fn a_notify_has_no_id() {
    let (_server, client) = start(Server::builder().handler(Arguments)).await;
    client.notify("test.arguments.needsId", ()).await;
    client.notify("test.arguments.maybeId", ()).await;
    // The first of the two was not called.
    assert!(!client.expect_push::<Json<bool>>("onCalled").await.0);
    client.request::<()>("test.arguments.maybeId", ()).await;
    assert!(client.expect_push::<Json<bool>>("onCalled").await.0);
}
