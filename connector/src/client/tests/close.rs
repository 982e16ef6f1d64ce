use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::LONG;
use super::fake::opened;
use super::game::serve;
use crate::Json;
use crate::client::{Client, RequestError};
use crate::codec::{Codec, CodecCx, CodecError, PomeloCodec, Received};
use crate::protocol::CloseReason;
use crate::protocol::message::Head;
use crate::protocol::pomelo::package::PackageType;
use crate::server::{Server, ServerBuilder};

/// A server, and how its sessions end.
fn telling() -> (ServerBuilder, mpsc::UnboundedReceiver<CloseReason>) {
    let (sender, ended) = mpsc::unbounded_channel();
    let tell = move |_: &_, reason: &CloseReason| {
        let _ = sender.send(reason.clone());
    };
    (Server::builder().on_close(tell), ended)
}

#[tokio::test]
async fn who_is_kicked_knows_why() {
    let table = serve(Server::builder()).await;
    let client = table.client().await;
    let kick = json!({ "reason": "cheating" });
    let (answer, never) = timeout(LONG, async {
        tokio::join!(
            client.request::<Value>("game.main.kick", Json(&kick)),
            client.request::<Value>("game.main.never", Json(1)),
        )
    })
    .await
    .unwrap();
    let kicked = CloseReason::Kicked(Some("cheating".into()));
    assert_eq!(answer.unwrap(), kick);
    assert!(matches!(never, Err(RequestError::Closed(reason)) if reason == kicked));
    assert_eq!(client.closed().await, kicked);
    assert_eq!(client.close_reason(), Some(kicked.clone()));
    let late = client.notify("game.main.note", Json(1)).await;
    assert!(matches!(late, Err(RequestError::Closed(reason)) if reason == kicked));
    client.close().await;
    assert_eq!(client.closed().await, kicked);
}

#[tokio::test]
async fn a_kick_without_a_reason_is_just_the_end() {
    let table = serve(Server::builder()).await;
    let client = table.client().await;
    let _: Value = client.request("game.main.kick", ()).await.unwrap();
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_ends_what_waits() {
    let table = serve(Server::builder()).await;
    let client = table.client().await;
    let handle = table.server.handle();
    let stop = async {
        let _: Value = client.request("game.main.echo", Json(1)).await.unwrap();
        let started = tokio::time::Instant::now();
        handle.stop_within(Duration::from_millis(100)).await;
        assert!(started.elapsed() < Duration::from_millis(200), "{:?}", started.elapsed());
    };
    let (never, ()) = tokio::join!(client.request::<Value>("game.main.never", Json(1)), stop);
    let Err(RequestError::Closed(reason)) = never else { panic!("{never:?}") };
    assert_eq!(reason, CloseReason::PeerClosed);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_closes_sends_what_waits_and_ends_its_requests() {
    let (builder, mut ended) = telling();
    let mut table = serve(builder).await;
    let client = table.client().await;
    let close = async {
        for n in 0..100 {
            client.notify("game.main.note", Json(&n)).await.unwrap();
        }
        client.close().await;
    };
    let both = async { tokio::join!(client.request::<Value>("game.main.never", Json(1)), close) };
    let (never, ()) = timeout(LONG, both).await.unwrap();
    assert!(matches!(never, Err(RequestError::Closed(CloseReason::Requested))), "{never:?}");
    assert_eq!(client.closed().await, CloseReason::Requested);
    for n in 0..100 {
        assert_eq!(table.notified.recv().await, Some(json!(n)));
    }
    drop(client);
    table.server.handle().stop_within(Duration::ZERO).await;
    assert!(ended.recv().await.is_some());
}

#[tokio::test]
async fn the_connection_closes_with_its_last_handle() {
    let (builder, mut ended) = telling();
    let table = serve(builder).await;
    let client = table.client().await;
    let clone = client.clone();
    let mut pushes = client.pushes::<Value>("onPush");
    drop(client);
    let _: Value = clone.request("game.main.echo", Json(1)).await.unwrap();
    drop(clone);
    assert!(pushes.next().await.is_none());
    assert_eq!(timeout(LONG, ended.recv()).await.unwrap(), Some(CloseReason::PeerClosed));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_breaks_the_protocol_is_left() {
    for (kind, body) in [
        (PackageType::HandshakeAck, &b""[..]),
        (PackageType::Data, b""),
        (PackageType::Data, b"\x0e"),
        (PackageType::Data, b"\x04\xff\xff\xff\xff\xff"),
    ] {
        let (client, mut fake) = opened(Client::builder(), json!({})).await;
        fake.send(kind, body).await;
        let reason = client.closed().await;
        assert!(matches!(reason, CloseReason::Malformed(_)), "{kind:?}: {reason:?}");
        assert_eq!(fake.package().await, None);
    }
    let (client, mut fake) = opened(Client::builder().max_package(100), json!({})).await;
    fake.push("a", &json!("x".repeat(50))).await;
    fake.push("a", &json!("x".repeat(100))).await;
    assert_eq!(client.closed().await, CloseReason::TooLarge { size: 105, limit: 100 });
    assert_eq!(client.pushes::<Json<String>>("a").next().await.unwrap().unwrap().0.len(), 50);
}

#[tokio::test]
async fn answers_that_came_before_the_end_count() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let answer = async {
        let (id, ..) = fake.request().await;
        fake.answer(id, &json!(7)).await;
        drop(fake);
    };
    let (answer, ()) = tokio::join!(client.request::<Json<u32>>("a.b.c", Json(1)), answer);
    assert_eq!(answer.unwrap().0, 7);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
}

#[test]
fn a_runtime_that_goes_down_ends_what_waits() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let (client, _fake) = first.block_on(opened(Client::builder(), json!({})));
    drop(first);
    let reason = runtime().block_on(client.closed());
    assert!(matches!(reason, CloseReason::Lost { .. }), "{reason:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_returns_does_not_keep_the_session_of_who_left() {
    let (builder, mut ended) = telling();
    let table = serve(builder).await;
    let client = table.client().await;
    let patient = client.with_request_timeout(Duration::from_secs(1));
    let lost = patient.request::<Value>("game.main.never", Json(1)).await;
    assert!(matches!(lost, Err(RequestError::Timeout)), "{lost:?}");
    client.close().await;
    assert_eq!(timeout(LONG, ended.recv()).await.unwrap(), Some(CloseReason::PeerClosed));
    assert_eq!(table.server.handle().statistics().sessions, 0);
}

/// A codec that panics when it reads.
#[derive(Debug)]
struct Panics;

impl Codec for Panics {
    fn decode<'a>(&self, _: &CodecCx<'_>, _: &'a [u8]) -> Result<Option<Received<'a>>, CodecError> {
        panic!("as wanted")
    }

    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        PomeloCodec.begin(head, out)
    }

    fn finish(&self, head: &Head<'_>, mark: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        PomeloCodec.finish(head, mark, out)
    }
}

#[tokio::test]
async fn a_codec_that_panics_ends_its_connection_and_tells_why() {
    let (client, mut fake) = opened(Client::builder().codec(Panics), json!({})).await;
    fake.push("onText", &json!("two")).await;
    assert_eq!(timeout(LONG, client.closed()).await.unwrap(), CloseReason::Panicked);
    assert_eq!(fake.package().await, None);
}
