//! What a connection near the machine holds that says nothing, and one to a child that says too
//! much. Those over TCP, WebSocket and TLS are in `examples/echo`, those with permessage-deflate in
//! `deflate_memory.rs`.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use connector::codec::PomeloCodec;
use connector::plugin::{LineLink, LocalLink, MessageIo, MessageLink};
use connector::prelude::*;
use connector::protocol::pomelo::package::{HANDSHAKE_ACK, HEADER, PackageType};
use connector::transport::{ChildProcess, Memory, MemoryDialer, Unix};
use connector::{Address, Config, Dial, MemoryConnector, TcpSocket, UdpConnector};
use peak_alloc::PeakAlloc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Few enough for the descriptors that a process may have by default.
const CONNECTIONS: usize = 400;

#[derive(Connector)]
#[connector(socket = TcpSocket, codec = PomeloCodec)]
struct UnixConnector {
    #[connector(listen)]
    unix: Unix,
    #[connector(config)]
    config: Config,
}

/// A session that has opened, and has had its first heartbeat.
fn over_unix(place: &Path) -> UnixStream {
    let mut stream = UnixStream::connect(place).unwrap();
    stream.write_all(b"\x01\0\0\x0a{\"sys\":{}}").unwrap();
    assert_eq!(package(&mut stream), PackageType::Handshake as u8);
    stream.write_all(&HANDSHAKE_ACK).unwrap();
    assert_eq!(package(&mut stream), PackageType::Heartbeat as u8);
    stream
}

/// Reads a package, and returns its type.
fn package(stream: &mut UnixStream) -> u8 {
    let mut head = [0; HEADER];
    stream.read_exact(&mut head).unwrap();
    let [kind, size @ ..] = head;
    let [a, b, c] = size;
    let mut body = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
    stream.read_exact(&mut body).unwrap();
    kind
}

/// The same over datagrams. Its handshake is padded, so that the answer is not too long for it.
fn over_udp(port: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(port).unwrap();
    let mut room = [0; 2_000];
    let handshake = [&b"\x01\0\0\xc8{\"sys\":{}}"[..], &[b' '; 190]].concat();
    for (sent, answer) in
        [(&*handshake, PackageType::Handshake), (&HANDSHAKE_ACK, PackageType::Heartbeat)]
    {
        socket.send(sent).unwrap();
        socket.recv(&mut room).unwrap();
        assert_eq!(room[0], answer as u8);
    }
    socket
}

/// The same in memory, both ends of the stream included.
async fn in_memory(dialer: &MemoryDialer) -> DuplexStream {
    let mut stream = dialer.dial().await.unwrap();
    for (sent, answer) in [
        (&b"\x01\0\0\x0a{\"sys\":{}}"[..], PackageType::Handshake),
        (&HANDSHAKE_ACK, PackageType::Heartbeat),
    ] {
        stream.write_all(sent).await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), answer as u8);
        let mut size = [0; HEADER];
        stream.read_exact(&mut size[1..]).await.unwrap();
        let mut body = vec![0; u32::from_be_bytes(size) as usize];
        stream.read_exact(&mut body).await.unwrap();
    }
    stream
}

/// The most that a link holds whose child prints 16 MiB that may be a message, and no line end.
async fn at_a_flood() -> usize {
    let print = r#"yes '{"action":"emit",' | tr -d '\n' | head -c 16777216"#;
    let child = ChildProcess::new("sh").args(["-c", print]);
    let (stream, _) = child.connect("").await.unwrap();
    let (mut link, mut io) = (LineLink::new(stream), MessageIo::new(&Limits::default()));
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let end = poll_fn(|cx| link.poll_message(cx, &mut io)).await;
    assert!(matches!(end, Err(CloseReason::Exited(_))), "{end:?}");
    assert!(link.junk() > 0);
    ALLOCATOR.peak_usage().saturating_sub(before)
}

/// What each of so many holds, in bytes.
fn each<T>(mut open: impl FnMut() -> T) -> usize {
    // Once before, for what is made once.
    let _warm: Vec<_> = (0..10).map(|_| open()).collect();
    let mut all = Vec::with_capacity(CONNECTIONS);
    let before = ALLOCATOR.current_usage();
    all.extend((0..CONNECTIONS).map(|_| open()));
    ALLOCATOR.current_usage().saturating_sub(before) / CONNECTIONS
}

// One test, since all of it is counted in one process.
#[test]
fn idle_links_near_the_machine_are_small() {
    let place = std::env::temp_dir().join(format!("idle-links-{}.sock", std::process::id()));
    let runtime = Runtime::new().unwrap();
    let config = Config::new().heartbeat(Duration::from_secs(120));
    let connector = UnixConnector { unix: Unix::from(&*place), config: config.clone() };
    let server = runtime.block_on(Server::builder().connector(connector).start()).unwrap();
    let unix = each(|| over_unix(&place));
    println!("Unix socket: {unix} bytes a connection");
    assert!(unix < 2_500, "{unix} bytes a connection over a Unix socket");
    runtime.block_on(server.handle().stop());
    assert!(!place.exists(), "a listener that stops takes its path along");

    let connector = UdpConnector::new("127.0.0.1:0", config.clone());
    let server = runtime.block_on(Server::builder().connector(connector).start()).unwrap();
    let [Address::Inet(port)] = *server.addresses() else { unreachable!("a port") };
    let udp = each(|| over_udp(port));
    println!("UDP: {udp} bytes a session");
    assert!(udp < 2_500, "{udp} bytes a session over UDP");
    runtime.block_on(server.handle().stop());

    let connector = MemoryConnector::new(Memory::new("idle"), config);
    let dialer = connector.dialer();
    let server = runtime.block_on(Server::builder().connector(connector).start()).unwrap();
    let memory = each(|| runtime.block_on(in_memory(&dialer)));
    println!("memory: {memory} bytes a session");
    assert!(memory < 2_500, "{memory} bytes a session in memory");
    runtime.block_on(server.handle().stop());

    let pair = each(LocalLink::pair);
    println!("memory: {pair} bytes a pair of links");
    assert!(pair < 13 << 10, "{pair} bytes a pair of links in memory");

    let flood = runtime.block_on(at_a_flood());
    println!("child: {flood} bytes at a flood");
    assert!(flood < 3 * Limits::default().package, "{flood} bytes at a flood of junk");
}
