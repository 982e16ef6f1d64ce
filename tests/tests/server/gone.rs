//! Peers that have left give their sockets back at once.

use std::sync::Weak;

use connector::codec::JsonCodec;
use connector::protocol::framing::LengthDelimited;
use connector::testing::TestServer;
use tokio::io::{AsyncWriteExt, DuplexStream};

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
