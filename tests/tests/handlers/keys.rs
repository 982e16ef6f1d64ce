//! `#[route(key = "..")]`

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::Format;
use connector::prelude::*;
use connector::transport::Memory;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep};

use super::start;

#[derive(Deserialize)]
struct Move {
    #[serde(default)]
    room: Value,
    n: u32,
    #[serde(default = "second")]
    ms: u64,
}

fn second() -> u64 {
    1_000
}

#[derive(Clone, Default)]
struct Rooms {
    moves: Arc<Mutex<HashMap<String, Vec<u32>>>>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

struct Runs<'a>(&'a AtomicUsize);

impl Drop for Runs<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Rooms {
    /// Takes a second, unless told otherwise.
    async fn play(&self, Move { room, n, ms }: Move) -> Json<u32> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        let _runs = Runs(&self.running);
        self.most.fetch_max(running, Ordering::SeqCst);
        sleep(Duration::from_millis(ms)).await;
        self.moves.lock().unwrap().entry(room.to_string()).or_default().push(n);
        Json(n)
    }
}

#[handler("test.rooms")]
impl Rooms {
    #[route(key = "room")]
    async fn act(&self, Json(act): Json<Move>) -> Json<u32> {
        self.play(act).await
    }

    /// In one order with `act`.
    #[route(key = "room", timeout = "2s")]
    async fn other(&self, Json(act): Json<Move>) -> Json<u32> {
        self.play(act).await
    }

    #[route(key = "room", notify)]
    async fn hang(&self, _: Json<Move>) {
        self.running.fetch_add(1, Ordering::SeqCst);
        let _runs = Runs(&self.running);
        std::future::pending::<()>().await;
    }

    #[route(key = "room")]
    async fn panics(&self, _: Json<Move>) {
        sleep(Duration::from_secs(1)).await;
        panic!("a handler panics");
    }

    #[route]
    async fn serial(&self) {}
}

#[tokio::test(start_paused = true)]
async fn one_key_is_one_order_over_all_sessions() {
    let rooms = Rooms::default();
    let (server, one) = start(Server::builder().handler(rooms.clone())).await;
    let two = server.client().connect().await;
    let act = |client: &Client, method: &str, room: &'static str, n: u32| {
        let (client, route) = (client.clone(), format!("test.rooms.{method}"));
        async move {
            client
                .request::<Json<u32>>(&route, Json(json!({ "n": n, "room": room })))
                .await
                .unwrap()
                .0
        }
    };
    let began = Instant::now();
    let (one, two) = (one.client(), two.client());
    tokio::join!(
        act(one, "act", "a", 1),
        act(two, "act", "a", 2),
        act(one, "other", "a", 3),
        act(two, "act", "b", 4),
        act(one, "act", "a", 5),
        // Beside all of them.
        async { one.request::<()>("test.rooms.serial", ()).await.unwrap() },
    );
    assert_eq!(began.elapsed().as_secs(), 4);
    assert_eq!(rooms.most.load(Ordering::SeqCst), 2);
    let moves = rooms.moves.lock().unwrap();
    let mut sorted = moves[r#""a""#].clone();
    sorted.sort_unstable();
    assert_eq!((sorted, &*moves[r#""b""#]), (vec![1, 2, 3, 5], &[4][..]));
    // Those of one session in the order in which it has sent them.
    let at = |n| moves[r#""a""#].iter().position(|&found| found == n);
    assert!(at(1) < at(3) && at(3) < at(5), "{moves:?}");
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Step {
    #[prost(message, optional, tag = "1")]
    place: Option<Place>,
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Place {
    #[prost(string, tag = "1")]
    #[serde(alias = "roomId")]
    room: String,
}

struct Steps;

#[handler("test.steps")]
impl Steps {
    #[route(key = "place?.room")]
    async fn walk(&self, Body(step): Body<Step>) -> Body<Step> {
        sleep(Duration::from_secs(1)).await;
        Body(step)
    }
}

#[tokio::test(start_paused = true)]
async fn no_format_and_no_spelling_gets_round_a_key() {
    let (server, json) = start(Server::builder().handler(Steps)).await;
    let protobuf = server.client().with(|client| client.prefer(Format::Protobuf)).connect().await;
    let began = Instant::now();
    let step = |room: &str| Body(Step { place: Some(Place { room: room.into() }) });
    let route = "test.steps.walk";
    let raw = |body| json.client().request::<Raw>(route, Raw::copy_from(body));
    let walk = |room| protobuf.client().request::<Body<Step>>(route, step(room));
    let (a, b, c, d, e) = tokio::join!(
        raw(r#"{"place":{"room":"a"}}"#),
        raw(r#"{"place":{"roomId":"b","room":"a"},"place":{"roomId":"\u0061"}}"#),
        walk("a"),
        walk("b"),
        raw("{}"),
    );
    for answer in [a, b, e] {
        answer.unwrap();
    }
    assert_eq!((c.unwrap(), d.unwrap()), (step("a"), step("b")));
    assert_eq!(began.elapsed().as_secs(), 3, "`a` three times, one after the other");
}

#[tokio::test(start_paused = true)]
async fn values_are_compared_and_not_their_spelling() {
    let rooms = Rooms::default();
    let (_server, client) = start(Server::builder().handler(rooms.clone())).await;
    let began = Instant::now();
    let act =
        |body: &'static str| client.client().request::<Raw>("test.rooms.act", Raw::copy_from(body));
    let (a, b, c, d, e, f) = tokio::join!(
        act(r#"{"room":"a","n":1}"#),
        act(r#"{ "n": 2, "x": [{"room": 1}], "room" : "\u0061" }"#),
        // None of these has the key "a", but the last two have none at all.
        act(r#"{"room":1,"n":3}"#),
        act(r#"{"room":"1","n":4}"#),
        act(r#"{"n":5}"#),
        act(r#"{"room":null,"n":6}"#),
    );
    for answer in [a, b, c, d, e, f] {
        answer.unwrap();
    }
    assert_eq!(began.elapsed().as_secs(), 2);
    let moves = rooms.moves.lock().unwrap();
    assert_eq!(moves[r#""a""#], [1, 2]);
    assert_eq!((&*moves["1"], &*moves[r#""1""#]), (&[3][..], &[4][..]));
    assert_eq!(moves["null"], [5, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_in_any_way_lets_the_next_one_come() {
    let rooms = Rooms::default();
    let (server, bad) = start(Server::builder().handler(rooms.clone())).await;
    let good = server.client().connect().await;
    let act = json!({ "room": "a", "n": 1 });

    // Too long.
    bad.notify("test.rooms.act", Json(&act)).await;
    bad.notify("test.rooms.act", Json(json!({ "room": "a" }))).await;
    assert_eq!(good.request::<Json<u32>>("test.rooms.other", Json(&act)).await.0, 1);

    // A panic, with one more waiting in the session that it ends.
    bad.notify("test.rooms.panics", Json(&act)).await;
    bad.notify("test.rooms.act", Json(&act)).await;
    bad.expect_close().await;
    assert_eq!(good.request::<Json<u32>>("test.rooms.act", Json(&act)).await.0, 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_gone_still_has_its_turn() {
    let rooms = Rooms::default();
    let limits = Limits { drain: Duration::from_secs(3), ..Limits::default() };
    let (server, gone) = start(Server::builder().handler(rooms.clone()).limits(limits)).await;
    let good = server.client().connect().await;
    let body = json!({ "room": "a", "n": 1 });
    let began = Instant::now();
    gone.request::<()>("test.rooms.serial", ()).await;
    gone.notify("test.rooms.hang", Json(&body)).await;
    gone.request::<()>("test.rooms.serial", ()).await;
    assert_eq!(rooms.running.load(Ordering::SeqCst), 1);
    drop(gone);
    // What it has begun is given up after the time for that.
    assert_eq!(good.request::<Json<u32>>("test.rooms.act", Json(&body)).await.0, 1);
    assert!((4..6).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_slow_to_close_holds_nobody_up() {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let builder = Server::builder().connector(MemoryConnector::bind(memory));
    let (server, good) = start(builder.handler(Rooms::default())).await;
    // One that does not hang up after a kick, and has begun something.
    let mut slow = dialer.dial().await.unwrap();
    let body = br#"{"room":"a","n":1,"ms":100}"#;
    let message = [b"\x02\x0etest.rooms.act", &body[..]].concat();
    slow.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}\x02\x00\x00\x00").await.unwrap();
    slow.write_all(&[4, 0, 0, message.len() as u8]).await.unwrap();
    slow.write_all(&message).await.unwrap();
    good.request::<()>("test.rooms.serial", ()).await;
    let sessions = server.handle().sessions();
    let strange =
        sessions.iter().find(|session| session.client().is_some_and(|c| c.kind.is_none()));
    let began = Instant::now();
    strange.expect("it said no type").kick("enough");
    let n: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(good.request::<Json<u32>>("test.rooms.act", Json(&n)).await.0, 1);
    assert_eq!(began.elapsed().as_millis(), 200);
}

#[tokio::test(start_paused = true)]
async fn keyed_calls_of_a_session_are_bounded() {
    let rooms = Rooms::default();
    let limits = Limits { concurrent: 3, ..Limits::default() };
    let (_server, client) = start(Server::builder().handler(rooms.clone()).limits(limits)).await;
    let client = client.client();
    let calls = (0..9).map(|n| {
        let client = client.clone();
        async move {
            client.request::<Json<u32>>("test.rooms.act", Json(json!({ "room": n, "n": n }))).await
        }
    });
    let calls: Vec<_> = calls.map(tokio::spawn).collect();
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap().unwrap().0, n as u32);
    }
    assert_eq!(rooms.most.load(Ordering::SeqCst), 3);
}
