//! Peers that read slowly or not at all, while TLS keeps what they have not read; ends of one
//! direction, and of both without a word.

use connector::codec::PomeloCodec;
use connector_tests::certificates::{Authority, Identity};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;

/// A handshake with its acknowledgement, as pomelo's clients send it.
const HANDSHAKE: &[u8] = b"\x01\x00\x00\x0a{\"sys\":{}}\x02\0\0\0";
const STALL: Duration = Duration::from_secs(30);

type Ends = mpsc::UnboundedReceiver<CloseReason>;

/// A listener in memory, whose connections are small.
struct Narrow {
    server: Server,
    ends: Ends,
    near: TlsStream<DuplexStream>,
}

/// A stream in memory as the socket of a server.
#[derive(Socket)]
#[socket(framing = connector::protocol::pomelo::package::PomeloPackages, session = connector::Pomelo)]
struct StreamSocket {
    #[socket(io)]
    stream: connector::transport::Stream,
    #[socket(peer)]
    peer: Peer,
}

/// Connects over a stream that takes so many bytes until they are read.
async fn narrow(identity: &Identity, roots: &Path, room: usize) -> Narrow {
    let (sender, ends) = mpsc::unbounded_channel();
    let server = Server::builder()
        .without_connectors()
        .handler(Who)
        .heartbeat(Duration::ZERO)
        .limits(Limits { stall: STALL, ..Limits::default() })
        .on_close(move |_, reason| drop(sender.send(reason.clone())))
        .start()
        .await
        .unwrap();
    let (near, far) = tokio::io::duplex(room);
    let stream = connector::transport::Stream::from(far).opener(tls(identity));
    let socket = StreamSocket { stream, peer: Peer::new("memory", Address::Unnamed) };
    server.handle().serve_connection(socket, PomeloCodec);
    let connector = TlsConnector::from(trusting(roots));
    let name = "localhost".try_into().unwrap();
    let mut near = connector.connect(name, near).await.unwrap();
    near.write_all(HANDSHAKE).await.unwrap();
    near.flush().await.unwrap();
    read_package(&mut near).await.unwrap();
    Narrow { server, ends, near }
}

async fn read_package(near: &mut TlsStream<DuplexStream>) -> std::io::Result<Vec<u8>> {
    let length = usize::try_from(near.read_u32().await? & 0xff_ffff).unwrap();
    let mut body = vec![0; length];
    near.read_exact(&mut body).await?;
    Ok(body)
}

/// An echo of so many bytes.
fn request(length: usize) -> Vec<u8> {
    let route = "test.peerHandler.echo";
    let mut message = vec![0, 1, u8::try_from(route.len()).unwrap()];
    message.extend_from_slice(route.as_bytes());
    message.resize(message.len() + length, b'.');
    let length = u32::try_from(message.len()).unwrap();
    [&(0x0400_0000 | length).to_be_bytes()[..], &message].concat()
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_nothing_is_closed_though_tls_has_taken_it_all() {
    let authority = Authority::new();
    let Narrow { server, mut ends, mut near } =
        narrow(&authority.local(), &authority.roots(), 4096).await;
    // TLS takes 64 KiB, so nothing is left of the answer outside of it.
    near.write_all(&request(20_000)).await.unwrap();
    near.flush().await.unwrap();
    let start = Instant::now();
    let CloseReason::Stalled { unsent } = ends.recv().await.unwrap() else { panic!() };
    assert!((15_000..20_100).contains(&unsent), "{unsent} bytes");
    let waited = start.elapsed();
    assert!(waited >= STALL && waited < STALL + Duration::from_secs(2), "{waited:?}");
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn a_slow_steady_reader_is_not_closed() {
    let authority = Authority::new();
    let Narrow { server: _server, mut ends, mut near } =
        narrow(&authority.local(), &authority.roots(), 4096).await;
    near.write_all(&request(20_000)).await.unwrap();
    near.flush().await.unwrap();
    // A byte of a record now and then: none of them is whole for a long time.
    let (wire, _) = near.get_mut();
    for taken in 0..20 {
        tokio::select! {
            ended = ends.recv() => panic!("{ended:?} after {taken} bytes"),
            () = tokio::time::sleep(STALL - Duration::from_secs(5)) => {}
        }
        wire.read_u8().await.unwrap();
    }
}

#[tokio::test]
async fn half_a_close_is_the_regular_end_of_a_client() {
    let authority = Authority::new();
    let Narrow { server: _server, mut ends, mut near } =
        narrow(&authority.local(), &authority.roots(), 64 * 1024).await;
    // A client ends its direction regularly, with `close_notify`.
    near.shutdown().await.unwrap();
    assert_eq!(ends.recv().await, Some(CloseReason::PeerClosed));
    // The other direction ends regularly too.
    assert_eq!(near.read(&mut [0; 16]).await.unwrap(), 0);
}

#[tokio::test]
async fn an_end_without_a_word_is_told_from_a_regular_one() {
    let authority = Authority::new();
    let Narrow { server: _server, mut ends, near } =
        narrow(&authority.local(), &authority.roots(), 64 * 1024).await;
    drop(near);
    let Some(CloseReason::Lost { kind, message }) = ends.recv().await else { panic!() };
    assert_eq!(kind, std::io::ErrorKind::UnexpectedEof);
    assert!(message.contains("without ending TLS"), "{message}");
}

#[tokio::test]
async fn last_words_arrive_before_the_end_of_tls() {
    let authority = Authority::new();
    let Narrow { server, mut near, .. } =
        narrow(&authority.local(), &authority.roots(), 64 * 1024).await;
    near.write_all(&request(1)).await.unwrap();
    near.flush().await.unwrap();
    read_package(&mut near).await.unwrap();
    server.handle().sessions()[0].kick(Some("enough"));
    let kick = read_package(&mut near).await.unwrap();
    assert_eq!(kick, br#"{"reason":"enough"}"#);
    // The regular end, which a client without `close_notify` would read as an error.
    assert_eq!(near.read(&mut [0; 16]).await.unwrap(), 0);
}
