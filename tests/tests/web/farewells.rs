//! What a peer is told at the end, and what its words tell us.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::client::Reconnect;
use connector::prelude::*;
use connector::protocol::ws::upgrade::{self, request};
use connector::protocol::ws::{CloseCode, OpCode, seal, write_close};
use connector::transport::{Memory, WebSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::memory::WebConnector;
use super::{PATIENCE, UPGRADE};

const MASK: [u8; 4] = [1, 2, 3, 4];

async fn start(builder: connector::server::ServerBuilder) -> (Server, DuplexStream) {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let listen = WebSocket::new(memory, WebOptions::new());
    let server = builder.connector(WebConnector { listen }).start().await.unwrap();
    (server, dialer.dial().await.unwrap())
}

/// Upgrades a connection by hand.
async fn upgraded(stream: &mut DuplexStream) {
    stream.write_all(format!("{UPGRADE}\r\n").as_bytes()).await.unwrap();
    let mut head = vec![0; upgrade::response("dGhlIHNhbXBsZSBub25jZQ==", None).len()];
    stream.read_exact(&mut head).await.unwrap();
    assert!(head.starts_with(b"HTTP/1.1 101 "));
}

/// The code and the text of a close frame, behind which nothing comes.
async fn last_words(stream: &mut DuplexStream) -> (u16, String) {
    let mut frame = Vec::new();
    stream.read_to_end(&mut frame).await.unwrap();
    let [0x88, length, high, low, ref text @ ..] = frame[..] else { panic!("{frame:?}") };
    assert_eq!(usize::from(length), 2 + text.len());
    (u16::from_be_bytes([high, low]), String::from_utf8(text.to_vec()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_upgraded_peer_without_a_session_is_told_of_the_deadline() {
    let (_server, mut stream) = start(Server::builder()).await;
    upgraded(&mut stream).await;
    let started = Instant::now();
    let words = last_words(&mut stream).await;
    assert_eq!(words, (1008, "the handshake did not finish in time".into()));
    assert_eq!(started.elapsed().as_secs(), Limits::default().handshake.as_secs());
}

#[tokio::test(start_paused = true)]
async fn an_upgraded_peer_without_a_session_is_told_of_a_stop() {
    let (server, mut stream) = start(Server::builder()).await;
    upgraded(&mut stream).await;
    let handle = server.handle();
    let stop = tokio::spawn(async move { handle.stop().await });
    assert_eq!(last_words(&mut stream).await, (1001, "the server is stopping".into()));
    drop(stream);
    let started = Instant::now();
    stop.await.unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn half_a_request_is_answered_at_the_deadline() {
    let (_server, mut stream) = start(Server::builder()).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHos").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
}

/// Opens a session by hand, which then reads and says nothing.
async fn deaf(stream: &mut DuplexStream) {
    use connector::protocol::pomelo::handshake::Request;
    use connector::protocol::pomelo::package::{PackageType, encode};

    upgraded(stream).await;
    let hello = Request::new("raw", "1").encode();
    for (kind, body) in [(PackageType::Handshake, &*hello), (PackageType::HandshakeAck, b"")] {
        let mut package = Vec::new();
        encode(kind, body, &mut package).unwrap();
        let mut frame = Vec::new();
        seal::write_frame(OpCode::Binary, &package, Some(MASK), &mut frame);
        stream.write_all(&frame).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_long_for_a_deaf_peer() {
    const MOST: Duration = Duration::from_secs(7);
    for (pushed, deaf_for, most) in [(0, 0, 2), (300_000, 0, 7), (300_000, 20, 2)] {
        let (server, mut stream) = start(Server::builder()).await;
        deaf(&mut stream).await;
        let handle = server.handle();
        while handle.statistics().sessions == 0 {
            tokio::task::yield_now().await;
        }
        if pushed > 0 {
            handle.sessions()[0].push("onBytes", Raw(vec![0; pushed].into())).unwrap();
        }
        sleep(Duration::from_secs(deaf_for)).await;
        let started = Instant::now();
        handle.stop().await;
        let elapsed = started.elapsed();
        assert!(elapsed <= Duration::from_secs(most), "{pushed}, {deaf_for}: {elapsed:?}");
        assert!(MOST < Limits::default().drain);
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_was_too_slow_is_told_to_come_back_later() {
    let limits = Limits { queued: 100_000, ..Limits::default() };
    let (server, mut stream) = start(Server::builder().limits(limits)).await;
    deaf(&mut stream).await;
    let handle = server.handle();
    while handle.statistics().sessions == 0 {
        tokio::task::yield_now().await;
    }
    let session = handle.sessions().remove(0);
    for _ in 0..2 {
        session.push("onBytes", Raw(vec![0; 95_000].into())).unwrap();
    }
    sleep(Duration::from_secs(2)).await;
    assert!(matches!(session.close_reason(), Some(CloseReason::SlowPeer { .. })));
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.unwrap();
    let mut last = Vec::new();
    let text = session.close_reason().unwrap().to_string();
    write_close(CloseCode::new(1013), &text, None, &mut last);
    assert!(read.ends_with(&last), "{:?}", &read[read.len() - 150..]);
}

#[tokio::test]
async fn a_close_hook_reads_the_clients_code_and_text() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (heard, asked) = (seen.clone(), Arc::new(tokio::sync::Notify::new()));
    let told = asked.clone();
    let builder = Server::builder().on_close(move |_, reason| {
        heard.lock().unwrap().push(reason.clone());
        told.notify_one();
    });
    let (_server, mut stream) = start(builder).await;
    deaf(&mut stream).await;
    let mut frame = Vec::new();
    write_close(CloseCode::new(4001), "my turn is over", Some(MASK), &mut frame);
    stream.write_all(&frame).await.unwrap();
    timeout(PATIENCE, asked.notified()).await.unwrap();
    let closed = CloseReason::PeerClosedWith { code: 4001, reason: "my turn is over".into() };
    assert_eq!(*seen.lock().unwrap(), [closed]);
}

#[tokio::test]
async fn our_client_reads_the_servers_code_and_text() {
    let hybrid = HybridConnector::bind("127.0.0.1:0");
    let server = Server::builder().connector(hybrid).start().await.unwrap();
    let url = format!("ws://{}", server.addresses()[0]);
    let builder = Client::builder().reconnect(Reconnect::never());
    let client = builder.connect(&url).await.unwrap();
    let handle = server.handle();
    let (closed, ()) = tokio::join!(client.closed(), handle.stop());
    let stopping = "the server is stopping".to_owned();
    assert_eq!(closed, CloseReason::PeerClosedWith { code: 1001, reason: stopping });
}

#[tokio::test]
async fn a_message_that_is_too_large_is_told_with_its_size_on_both_sides() {
    let seen = Arc::new(Mutex::new(None));
    let heard = seen.clone();
    let limits = Limits { handshake_body: 1000, package: 1000, ..Limits::default() };
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .limits(limits)
        .on_close(move |_, reason| *heard.lock().unwrap() = Some(reason.clone()));
    let server = server.start().await.unwrap();
    let address = server.addresses()[0].to_string();

    let builder = Client::builder().reconnect(Reconnect::never());
    let client = builder.connect(&format!("ws://{address}")).await.unwrap();
    client.notify("a.b.c", Raw(vec![b' '; 5000].into())).await.unwrap();
    let CloseReason::PeerClosedWith { code, reason } = client.closed().await else {
        panic!("{:?}", client.close_reason());
    };
    timeout(PATIENCE, server.handle().stop()).await.unwrap();
    let Some(CloseReason::TooLarge { size, limit: 1000 }) = seen.lock().unwrap().take() else {
        panic!("it is not too large");
    };
    assert!((5000..5100).contains(&size), "{size}");
    assert_eq!((code, reason), (1009, format!("a package has {size} bytes, the limit is 1000")));

    // Also before the session is open.
    let server = Server::builder().connector(HybridConnector::bind("127.0.0.1:0"));
    let server = server.start().await.unwrap();
    let mut stream = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
    let mut head = request("a", "/", &upgrade::client_key([7; 16]), &[]).unwrap();
    seal::write_frame(OpCode::Binary, &[1; 100_000], Some(MASK), &mut head);
    stream.write_all(&head).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert!(answer.ends_with(b"a package has 100000 bytes, the limit is 65536"));
}
