//! Peers that have left give their sockets back at once.

use std::future::Future;
use std::sync::Weak;

use connector::MemoryConnector;
use connector::codec::JsonCodec;
use connector::protocol::framing::LengthDelimited;
use connector::testing::TestServer;
use connector::transport::{ClientPem, Memory, Tcp, Tls};
use connector_tests::certificates::Authority;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

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

/// A connection to a server with this connector, which sends no heartbeats.
struct Leaver<Io> {
    probe: Probe,
    server: Server,
    near: Io,
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Leaver<Io> {
    async fn new<D>(connector: impl Connector, dial: impl FnOnce(String) -> D) -> Self
    where
        D: Future<Output = Io>,
    {
        let probe = Probe::default();
        let server = Server::builder()
            .connector(connector)
            .handler(probe.clone())
            .heartbeat(Duration::ZERO)
            .start()
            .await
            .unwrap();
        let near = dial(server.addresses()[0].to_string()).await;
        Self { probe, server, near }
    }

    /// Leaves behind a call that hangs and more messages than a server reads ahead. The
    /// server notices it within a second, and serves them.
    async fn leaves_behind_a_hung_call(mut self, messages: usize, frame: fn(&[u8]) -> Vec<u8>) {
        let near = &mut self.near;
        near.write_all(&frame(b"\x01\0\0\x0a{\"sys\":{}}")).await.unwrap();
        let mut answer = [0; 256];
        assert!(near.read(&mut answer).await.unwrap() > 2);
        near.write_all(&frame(b"\x02\0\0\0")).await.unwrap();
        near.write_all(&frame(b"\x04\0\0\x18\x02\x16test.probeHandler.held")).await.unwrap();
        let probe = &self.probe;
        until("the call hangs", || probe.running.load(Ordering::SeqCst) == 1).await;
        // Each is written down when it is served: messages of 1,000 bytes.
        let head = b"\x02\x19test.probeHandler.ordered";
        let mut message = vec![4, 0, 0x03, 0xe8];
        message.extend(head);
        message.resize(4 + 1_000, b' ');
        *message.last_mut().unwrap() = b'1';
        let message = frame(&message);
        for _ in 0..messages {
            near.write_all(&message).await.unwrap();
        }
        near.flush().await.unwrap();
        let handle = self.server.handle();
        let session = handle.sessions().remove(0);
        let left = tokio::time::Instant::now();
        near.shutdown().await.unwrap();
        drop(self.near);
        until("it is noticed", || session.close_reason().is_some()).await;
        assert!(left.elapsed() < Duration::from_secs(5), "after {:?}", left.elapsed());
        // What it had sent is served all the same.
        probe.gate.notify_one();
        until("all is served", || probe.log.lock().unwrap().len() == messages).await;
        until("all is gone", || handle.statistics().connections == 0).await;
    }
}

async fn dial(address: String) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

#[tokio::test]
async fn a_peer_that_leaves_behind_a_hung_call_is_noticed_over_tcp() {
    let leaver = Leaver::new(TcpConnector::bind("127.0.0.1:0"), dial).await;
    leaver.leaves_behind_a_hung_call(600, <[u8]>::to_vec).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_leaves_behind_a_hung_call_is_noticed_in_memory() {
    let memory = Memory::new("gone");
    let dialer = memory.dialer();
    let dial = async |_| dialer.dial().await.unwrap();
    let leaver = Leaver::new(MemoryConnector::bind(memory), dial).await;
    // The server reads 256 KiB ahead, and the stream buffers 64.
    leaver.leaves_behind_a_hung_call(300, <[u8]>::to_vec).await;
}

#[tokio::test]
async fn a_peer_that_leaves_behind_a_hung_call_is_noticed_over_tls() {
    let authority = Authority::new();
    let local = authority.local();
    let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
    let config = ClientPem::new(authority.roots()).load().unwrap();
    let dial = async |address| {
        let name = "localhost".try_into().unwrap();
        TlsConnector::from(config).connect(name, dial(address).await).await.unwrap()
    };
    let connector = TcpConnector::bind(Tcp::from("127.0.0.1:0").opener(tls));
    // The system has to hold all that is not read, since an end comes behind it.
    Leaver::new(connector, dial).await.leaves_behind_a_hung_call(300, <[u8]>::to_vec).await;
}

#[tokio::test]
async fn a_peer_that_leaves_behind_a_hung_call_is_noticed_over_websocket() {
    let dial = async |address| {
        let mut near = dial(address).await;
        let upgrade = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        near.write_all(upgrade).await.unwrap();
        let mut head = [0; 129];
        near.read_exact(&mut head).await.unwrap();
        assert!(head.ends_with(b"\r\n\r\n"), "{}", String::from_utf8_lossy(&head));
        near
    };
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
    let connector = HybridConnector::bind("127.0.0.1:0");
    Leaver::new(connector, dial).await.leaves_behind_a_hung_call(600, frame).await;
}
