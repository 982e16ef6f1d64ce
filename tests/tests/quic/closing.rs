//! How connections end, and what the other side is told.

use connector::protocol::pomelo::package::HANDSHAKE_ACK;
use quinn::{ApplicationClose, ConnectionError, VarInt};

use super::raw::{Raw, hello, request};
use super::*;

/// The application close that a server has sent.
async fn told(raw: &Raw) -> (u64, String) {
    match comes("the server closes", raw.connection.closed()).await {
        ConnectionError::ApplicationClosed(ApplicationClose { error_code, reason }) => {
            (error_code.into_inner(), String::from_utf8(reason.to_vec()).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_bare_client_reads_why_it_has_to_go() {
    let limits = Limits { package: 1_000, ..Limits::default() };
    let served = Served::with(|quic| quic, |server| server.limits(limits)).await;
    let mut large = Raw::open(&served).await;
    large.write(b"\x04\0\x10\0").await;
    let reason = CloseReason::TooLarge { size: 4_096, limit: 1_000 };
    assert_eq!(told(&large).await, (1009, reason.to_string()));
    assert_eq!(served.reason().await, reason);

    let mut malformed = Raw::open(&served).await;
    malformed.write(b"\x09\0\0\0").await;
    let CloseReason::Malformed(what) = served.reason().await else { panic!("it is malformed") };
    assert_eq!(told(&malformed).await, (1008, what));

    let mut regular = Raw::open(&served).await;
    regular.echoes(&json!(1)).await;
    served.server.handle().sessions().iter().for_each(Session::close);
    assert_eq!(told(&regular).await, (0, String::new()));

    let stopped = Raw::open(&served).await;
    served.server.handle().stop().await;
    assert_eq!(told(&stopped).await, (1001, CloseReason::Stopping.to_string()));
}

#[tokio::test]
async fn a_server_reads_why_a_client_has_left() {
    let served = Served::start().await;
    let close = |code: u32, text: &'static str| (VarInt::from_u32(code), text.as_bytes());
    for ((code, text), reason) in [
        (close(0, ""), CloseReason::PeerClosed),
        (close(1000, "done"), CloseReason::PeerClosed),
        (close(4_000, "bye"), CloseReason::PeerClosedWith { code: 4_000, reason: "bye".into() }),
        (
            close(100_000, "\u{1f44b}"),
            CloseReason::PeerClosedWith { code: u16::MAX, reason: "\u{1f44b}".into() },
        ),
    ] {
        let mut raw = Raw::open(&served).await;
        raw.echoes(&json!(1)).await;
        raw.connection.close(code, text);
        assert_eq!(served.reason().await, reason);
    }
}

#[tokio::test]
async fn our_client_reads_why_it_has_to_go() {
    let limits = Limits { package: 1_000, ..Limits::default() };
    let served = Served::with(|quic| quic, |server| server.limits(limits)).await;
    let (client, bystander) = (served.client().await, served.client().await);
    let reason = CloseReason::TooLarge { size: 4_096, limit: 1_000 };
    let _ = client.notify(ECHO, Json("x".repeat(4_096))).await;
    let CloseReason::TooLarge { size, .. } = served.reason().await else { panic!("{reason}") };
    let reason = CloseReason::TooLarge { size, limit: 1_000 }.to_string();
    let told = comes("the client is told", client.closed()).await;
    assert_eq!(told, CloseReason::PeerClosedWith { code: 1009, reason });
    echoes(&bystander, 1).await;
}

#[tokio::test]
async fn what_was_sent_before_a_close_arrives() {
    let served = Served::start().await;
    let mut raw = Raw::open(&served).await;
    // The answers and the end of the server's stream come behind all of it.
    for n in 0..50 {
        raw.write(&request(n + 1, &json!({ "n": n, "text": "x".repeat(5_000) }))).await;
    }
    raw.send.finish().unwrap();
    for n in 0..50 {
        let (_, answer) = raw.package().await;
        let answer = connector::protocol::pomelo::message::Message::decode(&answer).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(answer.body).unwrap()["n"], n);
    }
    assert_eq!(comes("the stream ends", raw.recv.read(&mut [0; 8])).await.unwrap(), None);
    assert_eq!(served.reason().await, CloseReason::PeerClosed);
}

#[tokio::test]
async fn a_stream_that_ends_or_is_reset_within_a_package_is_an_error() {
    let served = Served::start().await;
    let bystander = served.client().await;
    let half = request(1, &json!("half of it"));
    let half = &half[..half.len() / 2];
    let kind = |reason: CloseReason| match reason {
        CloseReason::Lost { kind, .. } => kind,
        other => panic!("{other:?}"),
    };
    use std::io::ErrorKind::{ConnectionReset, UnexpectedEof};
    let mut ending = Raw::open(&served).await;
    ending.write(half).await;
    ending.send.finish().unwrap();
    assert_eq!(kind(served.reason().await), UnexpectedEof);

    let mut dying = Raw::open(&served).await;
    dying.echoes(&json!(1)).await;
    dying.write(half).await;
    // Meanwhile it leaves.
    echoes(&bystander, 1).await;
    drop(dying);
    assert_eq!(kind(served.reason().await), UnexpectedEof);

    let mut resetting = Raw::open(&served).await;
    resetting.echoes(&json!(1)).await;
    resetting.write(half).await;
    resetting.send.reset(VarInt::from_u32(7)).unwrap();
    let reason = served.reason().await;
    assert!(reason.to_string().contains("reset the stream with code 7"), "{reason}");
    assert_eq!(kind(reason), ConnectionReset);
    echoes(&bystander, 1).await;
}

#[tokio::test]
async fn a_client_that_wants_no_answers_is_served_all_the_same() {
    let served = Served::start().await;
    let mut raw = Raw::new(&served.bare(&[ALPN]), served.address()).await;
    raw.recv.stop(VarInt::from_u32(0)).unwrap();
    raw.write(&hello()).await;
    raw.write(&HANDSHAKE_ACK).await;
    for n in 1..100 {
        raw.write(&request(n, &json!("x".repeat(10_000)))).await;
    }
    raw.send.finish().unwrap();
    assert_eq!(served.reason().await, CloseReason::PeerClosed);
}
