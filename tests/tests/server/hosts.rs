//! The host filter: addresses that may not connect.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector::client::Client;
use connector::codec::PomeloCodec;
use connector::prelude::*;
use connector::server::ServerBuilder;
use connector::transport::{Hybrid, Memory, ProxyProtocol, Tcp, WithOpeners};
use connector::{HybridSocket, Network, TcpSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

fn network(text: &str) -> Network {
    text.parse().unwrap()
}

/// Serves connections behind a proxy on loopback, which may also be a client.
async fn start(builder: ServerBuilder) -> (Server, SocketAddr) {
    let proxies = ProxyProtocol::from_proxies(["127.0.0.1"]).unwrap().optional();
    let connector = HybridConnector::bind(Tcp::from("127.0.0.1:0").opener(proxies));
    let server = builder.connector(connector).start().await.unwrap();
    let address = server.addresses()[0].to_string().parse().unwrap();
    (server, address)
}

/// What the server says to a client with this address, until it closes.
async fn heard(server: SocketAddr, client: &str, first: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let header = format!("PROXY TCP4 {client} 127.0.0.1 5000 3010\r\n");
    stream.write_all(&[header.as_bytes(), first].concat()).await.unwrap();
    let mut heard = Vec::new();
    // A socket that is closed with unread bytes is reset.
    if let Err(error) = stream.read_to_end(&mut heard).await {
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
    heard
}

/// Whether a client with this address gets a session.
async fn is_let_in(server: SocketAddr, client: &str) -> bool {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let header = format!("PROXY TCP4 {client} 127.0.0.1 5000 3010\r\n");
    stream.write_all(header.as_bytes()).await.unwrap();
    let socket = <TcpSocket as connector::Accept<TcpStream>>::accept(
        stream,
        Peer::new("tcp", connector::Address::Unnamed),
    );
    Client::builder().connect_socket(socket).await.is_ok()
}

const HANDSHAKE: &[u8] = b"\x01\x00\x00\x0a{\"sys\":{}}";
const UPGRADE: &[u8] =
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[tokio::test]
async fn a_blocked_client_hears_nothing_by_its_own_address() {
    let (server, address) =
        start(Server::builder().block([network("203.0.113.0/24"), network("198.51.100.7")])).await;
    for first in [HANDSHAKE, UPGRADE, b"\xff", b""] {
        assert_eq!(heard(address, "203.0.113.9", first).await, b"");
    }
    assert!(!is_let_in(address, "198.51.100.7").await);
    assert!(is_let_in(address, "198.51.100.8").await);
    let plain = Client::connect(&format!("tcp://{address}")).await;
    assert!(plain.is_ok(), "the proxy itself is not blocked");
    drop(server);
}

#[tokio::test]
async fn the_list_changes_while_the_server_runs() {
    let (server, address) = start(Server::builder()).await;
    let handle = server.handle();
    assert!(is_let_in(address, "203.0.113.9").await);
    assert!(handle.block(network("203.0.113.0/24")) && !handle.block(network("203.0.113.0/24")));
    assert_eq!(handle.blocked(), [network("203.0.113.0/24")]);
    assert!(!is_let_in(address, "203.0.113.9").await);
    assert!(handle.unblock(network("203.0.113.0/24")) && handle.blocked().is_empty());
    assert!(is_let_in(address, "203.0.113.9").await);
    handle.block(std::net::IpAddr::from([203, 0, 113, 9]));
    assert!(!is_let_in(address, "203.0.113.9").await);
    assert!(is_let_in(address, "203.0.113.8").await);
}

#[tokio::test]
async fn a_function_decides_and_one_that_fails_refuses() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let builder = Server::builder().block([network("203.0.113.0/24")]).host_filter(move |peer| {
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            tokio::task::yield_now().await;
            match &*peer.address.to_string() {
                "192.0.2.1:5000" => Ok(()),
                "192.0.2.2:5000" => Err(io::Error::other("its list cannot be read")),
                _ => panic!("on purpose: a host filter"),
            }
        }
    });
    let (_server, address) = start(builder).await;
    assert!(!is_let_in(address, "203.0.113.9").await);
    assert_eq!(asked.load(Ordering::SeqCst), 0, "the list comes first");
    assert!(is_let_in(address, "192.0.2.1").await);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "once a connection");
    for first in [HANDSHAKE, UPGRADE] {
        assert_eq!(heard(address, "192.0.2.2", first).await, b"");
        assert_eq!(heard(address, "192.0.2.3", first).await, b"");
    }
}

/// TCP and WebSocket in memory, where time can be paused.
#[derive(Connector)]
#[connector(socket = HybridSocket, codec = PomeloCodec)]
struct MemoryPort {
    #[connector(listen)]
    port: Hybrid<WithOpeners<Memory>>,
}

#[tokio::test(start_paused = true)]
async fn a_function_that_never_answers_refuses_in_silence() {
    let handshake = Duration::from_millis(50);
    let limits = Limits { handshake, ..Limits::default() };
    let builder = Server::builder().limits(limits).host_filter(|_| pending::<Result<(), String>>());
    let memory = Memory::default();
    let dialer = memory.dialer();
    let port = MemoryPort { port: Hybrid::new(WithOpeners::new(memory), WebOptions::new()) };
    let server = builder.connector(port).start().await.unwrap();
    for first in [HANDSHAKE, UPGRADE] {
        let started = Instant::now();
        let mut stream = dialer.dial().await.unwrap();
        stream.write_all(first).await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"");
        assert!((handshake..2 * handshake).contains(&started.elapsed()), "{started:?}");
    }
    server.handle().stop().await;
    assert_eq!(server.handle().statistics().connections, 0);
}
