//! Peers that mean harm: half handshakes, slow ones, garbage, renegotiation.

use connector::transport::Memory;
use connector_tests::certificates::Authority;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::*;

/// A TLS client's first bytes, recorded from one that is never answered.
async fn client_hello() -> Vec<u8> {
    let authority = Authority::new();
    let (near, mut far) = tokio::io::duplex(64 * 1024);
    let connector = TlsConnector::from(trusting(&authority.roots()));
    let connecting = connector.connect("localhost".try_into().unwrap(), near);
    let mut hello = vec![0; 64 * 1024];
    tokio::select! {
        _ = connecting => unreachable!("nobody answers"),
        read = far.read(&mut hello) => hello.truncate(read.unwrap()),
    }
    hello
}

/// A server in memory with TLS, and a way to it.
async fn in_memory() -> (Server, connector::transport::MemoryDialer, Authority) {
    let authority = Authority::new();
    let memory = Memory::default();
    let dialer = memory.dialer();
    let connector = InMemory::bind(memory.opener(tls(&authority.local())));
    let server = Server::builder().connector(connector).handler(Who).start().await.unwrap();
    (server, dialer, authority)
}

#[derive(Connector)]
#[connector(socket = InMemorySocket, codec = connector::codec::PomeloCodec)]
struct InMemory {
    #[connector(listen)]
    listen: connector::transport::WithOpeners<Memory>,
}

#[derive(Socket)]
#[socket(framing = connector::protocol::pomelo::package::PomeloPackages, session = connector::Pomelo)]
struct InMemorySocket {
    #[socket(io)]
    stream: connector::transport::Stream,
    #[socket(peer)]
    peer: Peer,
}

/// Reads to the end. A reset is one too.
async fn read_to_end(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test(start_paused = true)]
async fn half_a_handshake_ends_at_the_deadline() {
    let hello = client_hello().await;
    let (_server, dialer, _authority) = in_memory().await;
    let deadline = Limits::default().handshake;
    for sent in [0, 1, 5, 6, hello.len() / 2, hello.len()] {
        let mut stream = dialer.dial().await.unwrap();
        let start = Instant::now();
        stream.write_all(&hello[..sent]).await.unwrap();
        read_to_end(&mut stream).await;
        let waited = start.elapsed();
        assert!(waited >= deadline && waited < deadline + Duration::from_secs(2), "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_of_a_byte_a_second_ends_at_the_deadline() {
    let hello = client_hello().await;
    let (_server, dialer, _authority) = in_memory().await;
    let mut stream = dialer.dial().await.unwrap();
    let start = Instant::now();
    for byte in hello {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if stream.write_all(&[byte]).await.is_err() {
            break;
        }
    }
    let waited = start.elapsed();
    assert!(waited < Limits::default().handshake + Duration::from_secs(3), "{waited:?}");
}

#[tokio::test]
async fn garbage_behind_a_client_hello_closes_its_own_connection_alone() {
    let hello = client_hello().await;
    let (_server, port) = {
        let authority = Authority::new();
        start(tls(&authority.local())).await
    };
    let record = |kind: u8, length: u16, content: &[u8]| {
        [&[kind, 3, 3][..], &length.to_be_bytes(), content].concat()
    };
    let cases = [
        [&hello[..], b"\x04\0\0\x02{}"].concat(),
        [&hello[..], b"GET / HTTP/1.1\r\n\r\n"].concat(),
        // A record of another length than it may have.
        [&hello[..], &record(23, u16::MAX, &[])].concat(),
        // Encrypted with no key that there is.
        [&hello[..], &record(23, 64, &[7; 64])].concat(),
        // A handshake message of 16 MiB is announced.
        record(22, 16_384, &[&b"\x01\xff\xff\xff"[..], &[0; 16_380]].concat()).repeat(64),
        record(22, 4, b"\x01\0\0\0"),
        record(22, 0, b"").repeat(1_000),
        record(21, 2, b"\x02\x28"),
        vec![22; 100_000],
    ];
    for bytes in cases {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        // The server may end it while this is sent.
        let _ = stream.write_all(&bytes).await;
        let end = timeout(TIMEOUT, read_to_end(&mut stream)).await;
        assert!(end.is_ok(), "{}", bytes[..bytes.len().min(64)].escape_ascii());
    }
}

#[tokio::test]
async fn a_hello_in_single_bytes_is_one() {
    let (_server, dialer, authority) = in_memory().await;
    let (near, far) = tokio::io::duplex(1);
    let mut wire = dialer.dial().await.unwrap();
    let copying = tokio::spawn(async move {
        let mut far: DuplexStream = far;
        let _ = tokio::io::copy_bidirectional_with_sizes(&mut far, &mut wire, 1, 1).await;
    });
    let connector = TlsConnector::from(trusting(&authority.roots()));
    let shaken = connector.connect("localhost".try_into().unwrap(), near).await;
    assert!(shaken.is_ok(), "{shaken:?}");
    copying.abort();
}
