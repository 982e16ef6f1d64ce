//! Peers that have left give their sockets back at once.

use std::sync::Weak;

use connector::codec::JsonCodec;
use connector::protocol::framing::LengthDelimited;
use connector::testing::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;

use super::*;

/// A socket that is known to be held by someone.
#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct Watched {
    #[socket(io)]
    stream: DuplexStream,
    #[socket(peer)]
    peer: Peer,
    _held: Arc<()>,
}

/// A connection to the server, and what tells whether the server holds its socket.
fn connect(server: &TestServer) -> (DuplexStream, Weak<()>) {
    let (near, stream) = tokio::io::duplex(1 << 20);
    let held = Arc::new(());
    let watched = Arc::downgrade(&held);
    let peer = Peer::new("memory", connector::Address::Unnamed);
    server.handle().serve_connection(Watched { stream, peer, _held: held }, JsonCodec);
    (near, watched)
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_leaves_gives_its_socket_back_while_its_calls_run() {
    // One call that runs, some that wait, and more than may wait.
    for messages in [1, 100, 1_000] {
        let probe = Probe::default();
        let server = TestServer::start(Server::builder().handler(probe.clone())).await;
        let (mut near, socket) = connect(&server);
        let message = br#"{"route":"test.probeHandler.held"}"#;
        for _ in 0..messages {
            near.write_u32(message.len() as u32).await.unwrap();
            near.write_all(message).await.unwrap();
        }
        until("the call runs", || probe.running.load(Ordering::SeqCst) == 1).await;
        assert_eq!(socket.strong_count(), 1);
        drop(near);
        let left = tokio::time::Instant::now();
        until("it is given back", || socket.strong_count() == 0).await;
        assert!(left.elapsed() < Duration::from_millis(100), "after {:?}", left.elapsed());
        assert_eq!(server.handle().statistics().sessions, 0);
        // The call runs on.
        assert_eq!(server.handle().statistics().connections, 1);
        probe.gate.notify_one();
        probe.done.notified().await;
    }
}

/// Leaves behind a call that hangs and far more messages than a server reads ahead, over a
/// real socket and without heartbeats.
async fn leaves_behind_a_hung_call(address: &str, opened: &[u8], frame: fn(&[u8]) -> Vec<u8>) {
    let probe = Probe::default();
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(probe.clone())
        .heartbeat(Duration::ZERO)
        .start()
        .await
        .unwrap();
    let mut near = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
    near.write_all(address.as_bytes()).await.unwrap();
    if !address.is_empty() {
        let mut head = [0; 129];
        near.read_exact(&mut head).await.unwrap();
        assert!(head.ends_with(b"\r\n\r\n"), "{}", String::from_utf8_lossy(&head));
    }
    near.write_all(&frame(b"\x01\0\0\x0a{\"sys\":{}}")).await.unwrap();
    let mut answer = [0; 256];
    assert!(near.read(&mut answer).await.unwrap() > opened.len());
    near.write_all(&frame(b"\x02\0\0\0")).await.unwrap();
    near.write_all(&frame(b"\x04\0\0\x18\x02\x16test.probeHandler.held")).await.unwrap();
    until("the call hangs", || probe.running.load(Ordering::SeqCst) == 1).await;
    // Each is written down when it is served: 600 messages of 1,000 bytes.
    let head = b"\x02\x19test.probeHandler.ordered";
    let mut message = vec![4, 0, 0x03, 0xe8];
    message.extend(head);
    message.resize(4 + 1_000, b' ');
    *message.last_mut().unwrap() = b'1';
    for _ in 0..600 {
        near.write_all(&frame(&message)).await.unwrap();
    }
    let handle = server.handle();
    let session = handle.sessions().remove(0);
    drop(near);
    until("it is noticed", || session.close_reason().is_some()).await;
    // What it had sent is served all the same.
    probe.gate.notify_one();
    until("all is served", || probe.log.lock().unwrap().len() == 600).await;
    until("all is gone", || handle.statistics().connections == 0).await;
}

#[tokio::test]
async fn a_peer_that_leaves_behind_a_hung_call_is_noticed_over_tcp() {
    leaves_behind_a_hung_call("", b"\x01", <[u8]>::to_vec).await;
}

#[tokio::test]
async fn a_peer_that_leaves_behind_a_hung_call_is_noticed_over_websocket() {
    let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    // Masked with zeros.
    let frame = |bytes: &[u8]| {
        let mut framed = vec![0x82];
        match bytes.len() {
            short @ 0..126 => framed.push(0x80 | short as u8),
            long => {
                framed.push(0x80 | 126);
                framed.extend((long as u16).to_be_bytes());
            }
        }
        framed.extend([0; 4]);
        framed.extend(bytes);
        framed
    };
    leaves_behind_a_hung_call(upgrade, b"\x82", frame).await;
}
