//! Our client against `echo` and against a released pomelo server, with the
//! same list.

#![allow(clippy::unwrap_used)]

mod running;

use std::time::{Duration, Instant};

use connector::CloseReason;
use connector::client::{Client, ConnectError, RequestError};
use connector::protocol::pomelo::handshake::{Dialect, Dictionary, Request, Response};
use connector::{Json, Raw};
use connector_tests::peer::{Peers, Serving};
use futures_util::future::join_all;
use running::{Echo, TIMEOUT};
use serde_json::{Value, json};

/// The route that has schemas.
const PROTO_ECHO: &str = "connector.protoHandler.echo";

/// The options of both servers.
const PLAIN: &[&str] = &["--heartbeat", "1"];
const DICTIONARY: &[&str] = &["--heartbeat", "1", "--dict", "--proto"];
const SILENT: &[&str] = &["--heartbeat", "0", "--proto"];
const BATCHES: &[&str] = &["--heartbeat", "1", "--dict", "--proto", "--scheduler", "buffer"];

/// Runs the whole list against both servers, over both transports.
async fn passes(mode: &[&str]) {
    let echo = Echo::start(mode);
    let pomelo = match Peers::find() {
        Some(peers) => Some(peers.serve("pomelo-server.js", mode).await),
        None => None,
    };
    let ports = [Some(echo.port), pomelo.as_ref().map(Serving::port)];
    let lists = ports.into_iter().flatten().map(async |port| {
        // One after the other: a broadcast reaches the clients of both.
        for scheme in ["tcp", "ws"] {
            let url = format!("{scheme}://127.0.0.1:{port}");
            passes_against(&url, mode).await;
            bodies_have_schemas(&url, mode).await;
        }
    });
    join_all(lists).await;
}

#[tokio::test]
async fn passes_against_echo_and_pomelo() {
    passes(PLAIN).await;
}

#[tokio::test]
async fn passes_with_a_dictionary_and_schemas() {
    passes(DICTIONARY).await;
}

#[tokio::test]
async fn passes_without_heartbeats_with_schemas() {
    passes(SILENT).await;
}

#[tokio::test]
async fn passes_with_everything() {
    passes(BATCHES).await;
}

#[tokio::test]
async fn passes_against_pinus() {
    let Some(peers) = Peers::find() else { return };
    let pinus = peers.serve("pinus-server.js", PLAIN).await;
    for scheme in ["ws", "tcp"] {
        passes_against(&format!("{scheme}://127.0.0.1:{}", pinus.port()), PLAIN).await;
    }
}

/// The whole list against one server.
async fn passes_against(url: &str, mode: &[&str]) {
    handshake_carries_user_data_and_refusals(url, mode).await;
    routes_have_codes(url, mode).await;
    bodies_come_back_unchanged(url).await;
    answers_are_told_from_each_other(url).await;
    notifies_and_pushes_arrive_in_order(url).await;
    errors_are_errors(url).await;
    sessions_have_users_and_settings(url).await;
    channels_and_broadcasts_reach_their_members(url).await;
    heartbeats_keep_the_connection(url).await;
    a_kick_tells_its_reason(url).await;
}

async fn connect(url: &str) -> Client {
    Client::connect(url).await.expect("the server takes us in")
}

async fn ask(client: &Client, method: &str, body: Value) -> Value {
    let route = format!("connector.entryHandler.{method}");
    match client.request(&route, Json(&body)).await {
        // As it would stand in an answer of pomelo's own dialect.
        Err(RequestError::Server(error)) => json!(error),
        answer => answer.expect("the server answers"),
    }
}

async fn handshake_carries_user_data_and_refusals(url: &str, mode: &[&str]) {
    let user = json!({ "name": "世界", "n": 1 });
    let client = Client::builder().user(user.clone()).connect(url).await.unwrap();
    assert_eq!(client.welcome().user, Some(json!({ "echo": user })));
    let welcome = client.welcome();
    let response: &Response = welcome.details.get().expect("pomelo's response");
    let sys = response.sys.as_ref().expect("the server says sys");
    let heartbeat = Some(Duration::from_secs(1)).filter(|_| mode.contains(&"1"));
    assert_eq!(sys.heartbeat, heartbeat);

    let refused = Client::builder().user(json!({ "refuse": true })).connect(url).await;
    assert!(matches!(refused, Err(ConnectError::Closed(CloseReason::Refused(500)))), "{refused:?}");
}

/// The client uses the codes of whichever dictionary the server has.
async fn routes_have_codes(url: &str, mode: &[&str]) {
    let client = connect(url).await;
    let Some(dictionary) = &client.welcome().dictionary else {
        assert!(!mode.contains(&"--dict"));
        return;
    };
    assert!(mode.contains(&"--dict"));
    let routes: Vec<&str> = dictionary.routes.values().map(|route| &**route).collect();
    assert!(routes.contains(&"connector.entryHandler.echo"));
    assert!(routes.ends_with(&["onPush", "onProtoPush", "onNotified", "onChannel"]));
    let version = Dictionary::new(dictionary.routes.clone()).version;
    assert_eq!(dictionary.version, version);
    for (route, n) in [("onPush", 2), ("onOther", 1)] {
        let mut pushes = client.pushes::<Value>(route);
        ask(&client, "push", json!({ "n": n, "route": route })).await;
        for seq in 0..n {
            assert_eq!(pushes.next().await.unwrap().unwrap()["seq"], seq, "{route}");
        }
    }
}

/// The client uses the schemas of whichever server has some, and those of its cache.
async fn bodies_have_schemas(url: &str, mode: &[&str]) {
    let message = json!({
        "str": "é 漢 😀",
        "u": 9_007_199_254_740_991_u64,
        "i": -4_503_599_627_370_496_i64,
        "items": [{ "id": 0, "mods": [-1, 0, 1] }, { "name": "ß", "id": 300 }],
        "d": 0.1,
        "f": -0.5,
        "us": [0, 127, 128],
        "strs": ["", "a"],
        "item": { "id": 1 },
    });
    // What pomelo's clients say of themselves, since our own servers speak otherwise with
    // ours.
    let as_pomelo = Client::builder().handshake(Request::new("js-websocket", "0.0.1"));
    for builder in [Client::builder(), as_pomelo.clone(), as_pomelo] {
        let client = builder.connect(url).await.unwrap();
        let is_native = client.welcome().agreement.dialect == Dialect::Native;
        let has_schemas = client.welcome().agreement.schemas().is_some();
        assert_eq!(has_schemas, mode.contains(&"--proto") && !is_native);
        let mut pushes = client.pushes::<Value>("onProtoPush");
        let answer: Value = client.request(PROTO_ECHO, Json(&message)).await.unwrap();
        assert_eq!(answer.to_string(), message.to_string(), "also in the order of its fields");
        ask(&client, "push", json!({ "n": 2, "route": "onProtoPush", "text": "é" })).await;
        for seq in 0..2 {
            let push = pushes.next().await.unwrap().unwrap();
            assert_eq!(push, json!({ "seq": seq, "text": "é", "nums": [seq, -seq] }));
        }
        if has_schemas {
            let unfit = client.request::<Value>(PROTO_ECHO, Json(json!({ "item": {} }))).await;
            assert!(matches!(unfit, Err(RequestError::Codec(_))), "{unfit:?}");
        }
    }
}

async fn bodies_come_back_unchanged(url: &str) {
    let client = connect(url).await;
    for text in ["a", "é", "世", "😀", "mixed é 世 😀 \u{0} \\ \" \u{2028}"] {
        for bytes in [1, 100, 4_000, 60_000] {
            let body = json!({ "text": text.repeat((bytes / text.len()).max(1)) });
            assert_eq!(ask(&client, "echo", body.clone()).await, body, "{text} {bytes}");
        }
    }
    for body in [json!({}), json!({ "a": [1, null, -2.5, true, { "b": [] }], "c": "" })] {
        assert_eq!(ask(&client, "echo", body.clone()).await, body);
    }
    let answer = client
        .request::<Raw>("connector.entryHandler.echo", Raw::copy_from("no json"))
        .await
        .unwrap();
    assert_eq!(&answer[..], b"{}");
}

async fn answers_are_told_from_each_other(url: &str) {
    let client = connect(url).await;
    let requests = (0..200).map(|n| {
        let client = client.clone();
        async move {
            let (method, body) = match n % 4 {
                0 => ("delay", json!({ "ms": 400 + n % 7, "n": n })),
                _ => ("echo", json!({ "n": n })),
            };
            assert_eq!(ask(&client, method, body.clone()).await, body);
        }
    });
    let start = Instant::now();
    join_all(requests).await;
    // Fifty delays of 20 seconds together did not wait for one another.
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    let typed: Value = client
        .request("connector.benchHandler.greet", Json(json!({ "n": 41, "s": "é" })))
        .await
        .unwrap();
    assert_eq!(typed, json!({ "code": 200, "n": 42, "s": "é" }));
}

async fn notifies_and_pushes_arrive_in_order(url: &str) {
    let client = connect(url).await;
    assert_eq!(ask(&client, "count", json!({})).await, json!({ "count": 0 }));
    for n in 1..=3 {
        client.notify("connector.entryHandler.notify", Json(json!({ "n": n }))).await.unwrap();
    }
    let count = json!({ "count": 3, "last": { "n": 3 } });
    assert_eq!(ask(&client, "count", json!({})).await, count);

    let mut pushes = client.pushes::<Value>("onNews");
    let answer = ask(&client, "push", json!({ "n": 5, "route": "onNews", "text": "é" })).await;
    assert_eq!(answer, json!({ "code": 200 }));
    for seq in 0..5i64 {
        let wanted = json!({ "seq": seq, "text": "é", "nums": [seq, -seq] });
        assert_eq!(pushes.next().await.unwrap().unwrap(), wanted);
    }
    let mut triggered = client.pushes::<Value>("onPush");
    client.notify("connector.entryHandler.triggerPush", ()).await.unwrap();
    assert_eq!(triggered.next().await.unwrap().unwrap()["seq"], 0);
}

async fn errors_are_errors(url: &str) {
    let client = connect(url).await;
    for method in ["fail", "thisMethodIsUnknown"] {
        assert_eq!(ask(&client, method, json!({})).await, json!({ "code": 500 }));
        let typed = client.request::<()>(&format!("connector.entryHandler.{method}"), ()).await;
        assert!(
            matches!(&typed, Err(RequestError::Server(error)) if error.code == 500),
            "{typed:?}"
        );
    }
    assert_eq!(ask(&client, "empty", json!({})).await, json!({}));
    let impatient = client.with_request_timeout(Duration::from_millis(50));
    let late = impatient
        .request::<Value>("connector.entryHandler.delay", Json(json!({ "ms": 1_500 })))
        .await;
    assert!(matches!(late, Err(RequestError::Timeout)), "{late:?}");
    // The late answer confuses nobody.
    assert_eq!(ask(&client, "delay", json!({ "ms": 1_600 })).await, json!({ "ms": 1_600 }));
}

async fn sessions_have_users_and_settings(url: &str) {
    let (one, two) = (connect(url).await, connect(url).await);
    let bound = json!({ "code": 200, "uid": "u-1" });
    assert_eq!(ask(&one, "bind", json!({ "uid": "u-1" })).await, bound);
    assert_eq!(ask(&one, "bind", json!({ "uid": "u-1" })).await, bound);
    let other = ask(&one, "bind", json!({ "uid": "u-2" })).await;
    assert_eq!(other["code"], 500);
    assert!(other["msg"].as_str().is_some_and(|msg| !msg.is_empty()), "{other}");
    assert_eq!(ask(&one, "unbind", json!({ "uid": "u-1" })).await, bound);

    ask(&one, "set", json!({ "k": "color", "v": { "r": 1 } })).await;
    assert_eq!(ask(&one, "get", json!({ "k": "color" })).await["v"], json!({ "r": 1 }));
    assert!(ask(&two, "get", json!({ "k": "color" })).await["v"].is_null());
}

async fn channels_and_broadcasts_reach_their_members(url: &str) {
    let (one, two, three) = (connect(url).await, connect(url).await, connect(url).await);
    let channel = format!("room {url}");
    for (client, uid) in [(&one, "ann"), (&two, "bob")] {
        ask(client, "bind", json!({ "uid": uid })).await;
        ask(client, "join", json!({ "channel": channel })).await;
    }
    let mut heard: Vec<_> =
        [&one, &two, &three].map(|client| client.pushes::<Value>("onChannel")).into();
    ask(&one, "say", json!({ "channel": channel, "text": "hello" })).await;
    ask(&two, "broadcast", json!({ "text": "everybody" })).await;
    let said = json!({ "from": "ann", "text": "hello" });
    let all = json!({ "from": "all", "text": "everybody" });
    for pushes in &mut heard[..2] {
        assert_eq!(pushes.next().await.unwrap().unwrap(), said);
        assert_eq!(pushes.next().await.unwrap().unwrap(), all);
    }
    assert_eq!(heard[2].next().await.unwrap().unwrap(), all);
}

async fn heartbeats_keep_the_connection(url: &str) {
    let client = connect(url).await;
    // More than two intervals, after which a silent client would be closed.
    tokio::time::sleep(Duration::from_millis(3_200)).await;
    assert_eq!(client.close_reason(), None);
    assert_eq!(ask(&client, "echo", json!({ "still": true })).await, json!({ "still": true }));
}

async fn a_kick_tells_its_reason(url: &str) {
    let client = connect(url).await;
    ask(&client, "kick", json!({ "reason": "enough 世" })).await;
    let reason = tokio::time::timeout(TIMEOUT, client.closed()).await.expect("it is kicked");
    assert_eq!(reason, CloseReason::Kicked(Some("enough 世".into())));
}
