//! Peers at the socket that do not keep to the agreement: others are not disturbed.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::*;

const HELLO: &[u8] = b"CSHM\x01\0\0\0";

/// Reads until the server closes.
async fn closed(stream: &mut UnixStream) -> Vec<u8> {
    let mut read = Vec::new();
    let _ = comes("the server closes", stream.read_to_end(&mut read)).await;
    read
}

#[tokio::test]
async fn a_hello_that_never_comes_ends_at_the_deadline() {
    let limits = Limits { handshake: Duration::from_secs(1), ..Limits::default() };
    let served = Served::with(|memory| memory, |server| server.limits(limits)).await;
    let bystander = served.client().await;
    let silent = [&b""[..], b"CSH", &HELLO[..7], HELLO].map(async |said| {
        let mut bare = UnixStream::connect(served.directory.socket()).await.unwrap();
        bare.write_all(said).await.unwrap();
        closed(&mut bare).await;
    });
    futures_util::future::join_all(silent).await;
    until("they are gone", || served.connections() == 1).await;
    echoes(&bystander, 100_000).await;
}

#[tokio::test]
async fn garbage_ends_the_connection_alone() {
    let served = Served::start().await;
    let bystander = served.client().await;
    let seed = 0x5eed;
    let mut random = fastrand::Rng::with_seed(seed);
    for round in 0..60 {
        let mut bare = UnixStream::connect(served.directory.socket()).await.unwrap();
        let mut garbage = if round % 2 == 0 { HELLO.to_vec() } else { Vec::new() };
        let length = random.usize(1..5_000);
        garbage.extend(std::iter::repeat_with(|| random.u8(..)).take(length));
        // It may be closed before it has taken all.
        let _ = bare.write_all(&garbage).await;
        let _ = bare.shutdown().await;
        closed(&mut bare).await;
    }
    until("they are gone", || served.connections() == 1).await;
    echoes(&bystander, 100_000).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_ended_and_takes_little_memory() {
    let limits = Limits { queued: 1 << 20, ..Limits::default() };
    let served = Served::with(|memory| memory, |server| server.limits(limits)).await;
    let bystander = served.client().await;
    let mut bare = UnixStream::connect(served.directory.socket()).await.unwrap();
    bare.write_all(HELLO).await.unwrap();
    let handshake = b"\x01\x00\x00\x0a{\"sys\":{}}";
    let framed = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&[1], &length[..], bytes].concat()
    };
    bare.write_all(&framed(handshake)).await.unwrap();
    bare.write_all(&framed(b"\x02\x00\x00\x00")).await.unwrap();
    until("it has a session", || served.server.handle().statistics().sessions == 2).await;
    // It accepts no memory, reads nothing, and is sent much.
    let session = served.server.handle().sessions();
    let sessions: Vec<_> = session.into_iter().collect();
    let mut failed = false;
    for _ in 0..200 {
        for session in &sessions {
            failed |= session.push("onPush", Json("x".repeat(50_000))).is_err();
        }
        tokio::task::yield_now().await;
    }
    assert!(failed, "one of them is full");
    let reason = served.reason().await;
    assert!(matches!(reason, CloseReason::SlowPeer { .. }), "{reason}");
    until("it is gone", || served.connections() == 1).await;
    echoes(&bystander, 100_000).await;
}
