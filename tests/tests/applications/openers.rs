//! Openers: what every connection of a listener goes through before its bytes
//! are packages or HTTP.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector::codec::JsonCodec;
use connector::link::{Inbox, Link, Opening};
use connector::plugin::{Methods, WebSocketPlugin, serve};
use connector::prelude::*;
use connector::protocol::framing::LengthDelimited;
use connector::transport::{
    Hybrid, Opener, ProxyProtocol, Stream, StreamIo, Tcp, WebSocketLink, WithOpeners,
};
use connector::{Accept, Address, BoxSocket, TcpSocket, WebSocketSocket};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

const ANY: &str = "127.0.0.1:0";
const V1: &[u8] = b"PROXY TCP4 203.0.113.7 127.0.0.1 56324 3010\r\n";
/// `PROXY`, TCP over IPv6, and a unique id as extension.
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x2a\
    \x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\
    \xdc\x04\x0b\xc2\x05\0\x03abc";
const HANDSHAKE: &[u8] = b"\x01\x00\x00\x0a{\"sys\":{}}";

struct Who;

#[handler("test.peerHandler")]
impl Who {
    /// The transport and the address of whoever asks.
    #[route]
    async fn who(&self, peer: Peer) -> Json<String> {
        Json(peer.to_string())
    }
}

async fn start(connector: impl Connector) -> (Server, String) {
    let server = Server::builder().connector(connector).handler(Who).start().await.unwrap();
    let address = server.addresses()[0].to_string();
    (server, address)
}

fn proxy(address: &str) -> ProxyProtocol {
    ProxyProtocol::from_proxies([address]).unwrap()
}

fn behind_proxy() -> WithOpeners<Tcp> {
    Tcp::from(ANY).opener(proxy("127.0.0.1"))
}

/// A connection that begins with these bytes.
async fn connect(address: &str, first: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(first).await.unwrap();
    stream
}

fn unnamed() -> Peer {
    Peer::new("tcp", Address::Unnamed)
}

fn packages(stream: TcpStream) -> BoxSocket {
    TcpSocket::accept(stream, unnamed()).boxed()
}

fn websocket(stream: TcpStream) -> BoxSocket {
    let link = WebSocketLink::client(Stream::from(stream), "localhost", "/", false).unwrap();
    WebSocketSocket::accept(link, unnamed()).boxed()
}

/// The peer that the server sees.
async fn seen(socket: BoxSocket) -> String {
    let client = Client::builder().connect_socket(socket).await.unwrap();
    let Json(who) = client.request("test.peerHandler.who", ()).await.unwrap();
    who
}

#[tokio::test]
async fn a_session_knows_who_is_behind_the_proxy() {
    let (_server, address) = start(HybridConnector::bind(behind_proxy())).await;
    for (header, client) in [(V1, "203.0.113.7:56324"), (V2, "[2001:db8::7]:56324")] {
        let stream = connect(&address, header).await;
        assert_eq!(seen(packages(stream)).await, format!("tcp:{client}"));
        let stream = connect(&address, header).await;
        assert_eq!(seen(websocket(stream)).await, format!("websocket:{client}"));
    }
}

/// The header of a client with this IPv6 address, binary or as text.
fn v6(ip: &str, binary: bool) -> Vec<u8> {
    if !binary {
        return format!("PROXY TCP6 {ip} 2001:db8::1 56324 3010\r\n").into_bytes();
    }
    let ip: std::net::Ipv6Addr = ip.parse().unwrap();
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24".to_vec();
    header.extend(ip.octets());
    header.extend(std::net::Ipv6Addr::LOCALHOST.octets());
    header.extend(b"\xdc\x04\x0b\xc2");
    header
}

#[tokio::test]
async fn clients_behind_a_proxy_are_counted_by_their_network_of_64_bits() {
    let limits = Limits { connections_per_address: 2, ..Limits::default() };
    let server = Server::builder().connector(HybridConnector::bind(behind_proxy()));
    let server = server.handler(Who).limits(limits).start().await.unwrap();
    let address = server.addresses()[0].to_string();
    let open = async |header: Vec<u8>| {
        let stream = connect(&address, &header).await;
        let builder = Client::builder().reconnect(connector::client::Reconnect::never());
        builder.connect_socket(packages(stream)).await
    };
    let first = open(v6("2001:db8::7", true)).await.unwrap();
    let second = open(v6("2001:db8::ffff:8", false)).await.unwrap();
    for binary in [true, false] {
        // Another address of the same network.
        assert!(open(v6("2001:db8:0:0:1::9", binary)).await.is_err());
        let Json(who) = second.request::<Json<String>>("test.peerHandler.who", ()).await.unwrap();
        assert_eq!(who, "tcp:[2001:db8::ffff:8]:56324");
    }
    // Other networks, beside it.
    let mut others = Vec::new();
    for ip in ["2001:db8:0:1::7", "2001:db8:0:1::8", "2001:db8:1::7"] {
        others.push(open(v6(ip, true)).await.unwrap());
    }
    assert!(open(v6("2001:db8:0:1::7", true)).await.is_err());
    // An IPv4 address is one in both spellings.
    others.push(open(V1.to_vec()).await.unwrap());
    others.push(open(v6("::ffff:203.0.113.7", true)).await.unwrap());
    assert!(open(v6("::ffff:203.0.113.7", false)).await.is_err());
    assert!(open(V1.to_vec()).await.is_err());
    first.close().await;
    // One that leaves makes room for its network.
    let again = async {
        while open(v6("2001:db8::a", true)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), again).await.unwrap();
}

#[tokio::test]
async fn other_ready_made_connectors_take_openers_too() {
    let (_server, address) = start(TcpConnector::bind(behind_proxy())).await;
    let stream = connect(&address, V1).await;
    assert_eq!(seen(packages(stream)).await, "tcp:203.0.113.7:56324");
    let (_server, address) = start(WebSocketConnector::bind(behind_proxy())).await;
    let stream = connect(&address, V1).await;
    assert_eq!(seen(websocket(stream)).await, "websocket:203.0.113.7:56324");
}

#[tokio::test]
async fn what_follows_the_header_in_the_same_read_is_served() {
    let (_server, address) = start(HybridConnector::bind(behind_proxy())).await;
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for header in [V1, V2] {
        let mut stream = connect(&address, &[header, HANDSHAKE].concat()).await;
        assert_eq!(stream.read_u8().await.unwrap(), 1, "a handshake's answer");
        let mut stream = connect(&address, &[header, request].concat()).await;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 "), "{}", answer.escape_ascii());
    }
}

/// The end of a connection that a server behind `opener` has accepted.
async fn refusal(opener: ProxyProtocol, first: &[u8]) -> String {
    let mut hybrid = Hybrid::new(Tcp::from(ANY).opener(opener), WebOptions::new());
    hybrid.bind().await.unwrap();
    let _client = connect(&hybrid.address().unwrap().to_string(), first).await;
    let (mut link, mut peer) = poll_fn(|cx| hybrid.poll_accept(cx)).await.unwrap();
    let mut inbox = Inbox::new(1024);
    let opened = link.open(&mut Opening::new(&mut inbox, &mut peer)).await;
    assert!(matches!(peer.address, Address::Inet(address) if address.ip().is_loopback()));
    opened.unwrap_err().to_string()
}

#[tokio::test]
async fn a_header_from_somebody_else_is_malformed() {
    for header in [V1, V2] {
        let forged = refusal(proxy("10.0.0.1"), header).await;
        assert!(forged.contains("which is not a named proxy: if it is one, add it"), "{forged}");
    }
    let missing = refusal(proxy("127.0.0.1"), HANDSHAKE).await;
    assert!(missing.contains("no PROXY header from the proxy tcp:127.0.0.1"), "{missing}");
}

#[tokio::test]
async fn who_is_no_proxy_connects_directly() {
    let listen = Tcp::from(ANY).opener(proxy("10.0.0.1"));
    let (_server, address) = start(HybridConnector::bind(listen)).await;
    let stream = connect(&address, b"").await;
    let port = stream.local_addr().unwrap();
    assert_eq!(seen(packages(stream)).await, format!("tcp:{port}"));
}

/// Stands for TLS: every byte is another one on the wire.
#[derive(Clone)]
struct Scramble(u8);

struct Scrambled {
    io: StreamIo,
    key: u8,
    /// What had come already when the opener's turn came.
    read: Vec<u8>,
}

impl Opener for Scramble {
    fn poll_open(
        &mut self,
        _: &mut Context<'_>,
        io: &mut StreamIo,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let read = opening.inbox.unread().to_vec();
        opening.inbox.consume(read.len());
        *io = StreamIo::new(Scrambled { io: std::mem::take(io), key: self.0, read });
        opening.peer.transport = "scrambled";
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Scrambled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if self.read.is_empty() {
            ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        } else {
            buf.put_slice(&std::mem::take(&mut self.read));
        }
        buf.filled_mut()[before..].iter_mut().for_each(|byte| *byte ^= self.key);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Scrambled {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let scrambled: Vec<u8> = buf.iter().map(|byte| byte ^ self.key).collect();
        Pin::new(&mut self.io).poll_write(cx, &scrambled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[derive(Socket)]
#[socket(framing = LengthDelimited<u16>)]
struct OwnSocket {
    #[socket(io)]
    stream: Stream,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = OwnSocket, codec = JsonCodec)]
struct OwnConnector {
    #[connector(listen)]
    listen: WithOpeners<Tcp>,
}

#[tokio::test]
async fn openers_compose_under_a_derived_connector() {
    let (_server, address) = start(OwnConnector::bind(behind_proxy().opener(Scramble(0x55)))).await;
    let stream = connect(&address, V1).await;
    let scrambled = Scrambled { io: stream.into(), key: 0x55, read: Vec::new() };
    let socket = OwnSocket::accept(Stream::new(scrambled), unnamed());
    let client = Client::builder().codec(JsonCodec).connect_socket(socket).await.unwrap();
    let Json(who): Json<String> = client.request("test.peerHandler.who", ()).await.unwrap();
    assert_eq!(who, "scrambled:203.0.113.7:56324");

    // What the first opener has read too much is the second one's.
    let asked = br#"xx{"id":1,"route":"test.peerHandler.who"}"#;
    let mut asked = asked.to_vec();
    let len = u16::try_from(asked.len() - 2).unwrap();
    asked[..2].copy_from_slice(&len.to_be_bytes());
    asked.iter_mut().for_each(|byte| *byte ^= 0x55);
    let mut stream = connect(&address, &[V2, &asked].concat()).await;
    let mut answer = vec![0; 2];
    stream.read_exact(&mut answer).await.unwrap();
    let len = u16::from_be_bytes([answer[0] ^ 0x55, answer[1] ^ 0x55]);
    answer.resize(len.into(), 0);
    stream.read_exact(&mut answer).await.unwrap();
    answer.iter_mut().for_each(|byte| *byte ^= 0x55);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("scrambled:[2001:db8::7]:56324"), "{answer}");
}

#[tokio::test]
async fn engines_reach_a_plugin_through_a_proxy() {
    let mut plugin = WebSocketPlugin::bind(behind_proxy());
    let address = plugin.start().await.unwrap().unwrap().to_string();
    let serving = tokio::spawn(serve(Methods::new(), plugin));
    let stream = connect(&address, V1).await;
    let mut link = WebSocketLink::client(stream, "localhost", "/", true).unwrap();
    let (mut inbox, mut peer) = (Inbox::new(1024), unnamed());
    link.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap();
    assert!(!link.recv(&mut inbox).await.unwrap().is_empty(), "the plugin speaks first");
    serving.abort();
}
