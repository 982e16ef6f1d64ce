//! Peers that say nothing, or not all of it.

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::*;
use crate::Limits;
use crate::connector::Listen;
use crate::link::Link;

const HOUR: Duration = Duration::from_secs(3600);
/// A server's ping without a payload, and a client's answer masked with zeros.
const PING: &[u8] = b"\x89\x00";
const PONG: &[u8] = b"\x8a\x80\0\0\0\0";

/// Connects a WebSocket in memory, and returns the client's stream after the upgrade.
async fn upgraded(io: &mut MessageIo) -> (DuplexStream, WebSocketLink<DuplexStream>) {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let mut listen = WebSocket::new(memory, WebOptions::new().text());
    listen.bind().await.unwrap();
    let mut near = dialer.dial().await.unwrap();
    let (mut link, _) = poll_fn(|cx| listen.poll_accept(cx)).await.unwrap();
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    near.write_all(upgrade.as_bytes()).await.unwrap();
    poll_fn(|cx| io.poll_open(&mut link, cx)).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(near.read_u8().await.unwrap());
    }
    (near, link)
}

async fn message(io: &mut MessageIo, link: &mut impl Link) -> Result<Message, CloseReason> {
    poll_fn(|cx| io.poll_message(link, cx)).await
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_no_ping_has_gone() {
    let mut io = MessageIo::new(&Limits::default());
    let (mut near, mut link) = upgraded(&mut io).await;
    let start = tokio::time::Instant::now();
    let ended = tokio::time::timeout(HOUR, message(&mut io, &mut link)).await.unwrap();
    assert_eq!(ended, Err(CloseReason::HeartbeatTimeout));
    assert_eq!(start.elapsed().as_secs(), 120);
    let mut pings = [0; 3 * PING.len()];
    near.read_exact(&mut pings).await.unwrap();
    assert_eq!(pings, *PING.repeat(3));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_stays() {
    let mut io = MessageIo::new(&Limits::default()).heartbeat(Duration::from_secs(10));
    let (mut near, mut link) = upgraded(&mut io).await;
    let mut answered = 0;
    let answer = async {
        loop {
            let mut ping = [0; PING.len()];
            near.read_exact(&mut ping).await.unwrap();
            assert_eq!(ping, PING);
            // The last one in time, as after a long computation.
            if answered % 3 == 2 {
                near.write_all(PONG).await.unwrap();
            }
            answered += 1;
        }
    };
    let stays = async { tokio::join!(message(&mut io, &mut link), answer) };
    assert!(tokio::time::timeout(HOUR, stays).await.is_err());
    assert!((340..=360).contains(&answered), "{answered}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_heartbeats_is_not_pinged() {
    let mut io = MessageIo::new(&Limits::default()).heartbeat(Duration::ZERO);
    let (mut near, mut link) = upgraded(&mut io).await;
    assert!(tokio::time::timeout(HOUR, message(&mut io, &mut link)).await.is_err());
    assert!(tokio::time::timeout(HOUR, near.read_u8()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_link_without_pings_may_be_silent() {
    let (_near, far) = duplex(1024);
    let mut io = MessageIo::new(&Limits::default());
    let mut link = LineLink::new(far);
    let message = poll_fn(|cx| link.poll_message(cx, &mut io));
    assert!(tokio::time::timeout(HOUR, message).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_fragment_without_the_rest_of_its_message_has_a_deadline() {
    let mut io = MessageIo::new(&Limits::default());
    let (mut near, mut link) = upgraded(&mut io).await;
    // The first half of a text, masked with zeros.
    near.write_all(b"\x01\x85\0\0\0\0hello").await.unwrap();
    let ended = tokio::time::timeout(HOUR, message(&mut io, &mut link)).await.unwrap();
    assert!(matches!(ended, Err(CloseReason::SlowPackage { .. })), "{ended:?}");
}

/// An engine's end by hand, which is polled only while it shakes hands.
async fn engine(dialer: &MemoryDialer) -> Result<(MessageIo, impl Link), CloseReason> {
    let stream = dialer.dial().await.unwrap();
    let mut link = WebSocketLink::client(stream, "memory", "/", true).unwrap();
    let mut io = MessageIo::new(&Limits::default());
    poll_fn(|cx| io.poll_open(&mut link, cx)).await?;
    let handshake = r#"{"id":0,"action":"request","key":"handshake","payload":["p",null]}"#;
    io.send(&link, &Message::decode(handshake.as_bytes()).unwrap())?;
    while message(&mut io, &mut link).await?.id != Some(0) {}
    Ok((io, link))
}

#[tokio::test(start_paused = true)]
async fn engines_that_sleep_keep_nobody_out_for_ever() {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let listen = WebSocket::new(memory, WebOptions::new().text());
    let limits = Limits { connections: 3, ..Limits::default() };
    let options = ClientOptions::new().limits(limits);
    tokio::spawn(serve_until(Methods::new(), listen, options, pending()));
    let mut asleep = Vec::new();
    for _ in 0..3 {
        asleep.push(engine(&dialer).await.unwrap());
    }
    assert!(engine(&dialer).await.is_err());
    // Three pings without an answer, the wait for the last one, and a close that is not
    // answered either.
    tokio::time::sleep(Duration::from_secs(125)).await;
    assert!(engine(&dialer).await.is_ok());
}
