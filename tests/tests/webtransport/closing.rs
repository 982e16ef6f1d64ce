//! How sessions end, and what the other side is told.

use connector_tests::raw_pomelo::request;
use wtransport::VarInt;
use wtransport::error::ConnectionError;

use super::raw::Raw;
use super::*;

/// The application close that a server has sent.
async fn told(raw: &Raw) -> (u64, String) {
    match comes("the server closes", raw.session.closed()).await {
        ConnectionError::ApplicationClosed(close) => {
            (close.code().into_inner(), String::from_utf8(close.reason().to_vec()).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_bare_client_reads_why_it_has_to_go() {
    let limits = Limits { package: 1_000, ..Limits::default() };
    let served = Served::with(|port| port, |server| server.limits(limits)).await;
    let mut large = Raw::open(&served).await;
    large.write(b"\x04\0\x10\0").await;
    let reason = CloseReason::TooLarge { size: 4_096, limit: 1_000 };
    assert_eq!(told(&large).await, (1009, reason.to_string()));
    assert_eq!(served.reason().await, reason);

    let stopped = Raw::open(&served).await;
    served.server.handle().stop().await;
    assert_eq!(told(&stopped).await, (1001, CloseReason::Stopping.to_string()));
}

#[tokio::test]
async fn a_client_that_writes_is_stopped_with_a_code_that_pages_see() {
    let served = Served::start().await;
    let mut malformed = Raw::open(&served).await;
    malformed.write(b"\x09\0\0\0").await;
    let stopped = comes("it is stopped", malformed.send.quic_stream().stopped()).await;
    // 1008, among the codes of HTTP/3.
    let http = 0x52e4_a40f_a8db + 1_008 + 1_008 / 30;
    assert_eq!(stopped.unwrap().map(quinn::VarInt::into_inner), Some(http));
    assert!(matches!(served.reason().await, CloseReason::Malformed(_)));
}

#[tokio::test]
async fn a_server_reads_why_a_client_has_left() {
    let served = Served::start().await;
    for (code, text, reason) in [
        (0, "", CloseReason::PeerClosed),
        (0x100, "", CloseReason::PeerClosed),
        (1000, "done", CloseReason::PeerClosed),
        (4_000, "bye", CloseReason::PeerClosedWith { code: 4_000, reason: "bye".into() }),
    ] {
        let mut raw = Raw::open(&served).await;
        raw.echoes(&json!(1)).await;
        raw.session.close(VarInt::from_u32(code), text.as_bytes());
        assert_eq!(served.reason().await, reason);
    }
}

#[tokio::test]
async fn our_client_reads_why_it_has_to_go() {
    let limits = Limits { package: 1_000, ..Limits::default() };
    let served = Served::with(|port| port, |server| server.limits(limits)).await;
    let (client, bystander) = (served.client().await, served.client().await);
    let _ = client.notify(ECHO, Json("x".repeat(4_096))).await;
    let reason = served.reason().await;
    assert!(matches!(reason, CloseReason::TooLarge { .. }), "{reason}");
    let told = comes("the client is told", client.closed()).await;
    assert_eq!(told, CloseReason::PeerClosedWith { code: 1009, reason: reason.to_string() });
    echoes(&bystander, 1).await;
}

#[tokio::test]
async fn a_stream_that_ends_or_is_reset_within_a_package_is_an_error() {
    let served = Served::start().await;
    let bystander = served.client().await;
    let half = request(1, ECHO, &json!("half of it"));
    let half = &half[..half.len() / 2];
    let kind = |reason: CloseReason| match reason {
        CloseReason::Lost { kind, .. } => kind,
        other => panic!("{other:?}"),
    };
    use std::io::ErrorKind::{ConnectionReset, UnexpectedEof};
    let mut ending = Raw::open(&served).await;
    ending.write(half).await;
    ending.send.finish().await.unwrap();
    assert_eq!(kind(served.reason().await), UnexpectedEof);

    let mut dying = Raw::open(&served).await;
    dying.echoes(&json!(1)).await;
    dying.write(half).await;
    echoes(&bystander, 1).await;
    drop(dying);
    assert_eq!(kind(served.reason().await), UnexpectedEof);

    let mut resetting = Raw::open(&served).await;
    resetting.echoes(&json!(1)).await;
    resetting.write(half).await;
    resetting.send.reset(VarInt::from_u32(7)).unwrap();
    let reason = served.reason().await;
    assert_eq!(kind(reason), ConnectionReset);
    echoes(&bystander, 1).await;
}

#[tokio::test]
async fn what_was_sent_before_a_close_arrives() {
    let served = Served::start().await;
    let mut raw = Raw::open(&served).await;
    for n in 0..50 {
        raw.write(&request(n + 1, ECHO, &json!("x".repeat(5_000)))).await;
    }
    raw.send.quic_stream_mut().finish().unwrap();
    for _ in 0..50 {
        raw.package().await;
    }
    assert_eq!(comes("the stream ends", raw.recv.read(&mut [0; 8])).await.unwrap(), None);
    assert_eq!(served.reason().await, CloseReason::PeerClosed);
}
