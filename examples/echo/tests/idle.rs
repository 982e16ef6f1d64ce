//! What a connection costs that says nothing.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod running;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connector::transport::ClientPem;
use connector_protocol::pomelo::package;
use connector_protocol::ws::{OpCode, seal, upgrade};
use connector_tests::certificates::{Authority, Identity};
use running::{Echo, Raw, handshake};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, StreamOwned};

/// How many there are; the server and this program have a file each.
const CONNECTIONS: usize = 10_000;
/// The same within TLS, whose handshakes take long in a debug build.
const IN_TLS: usize = 2_000;

/// Memory of a process's own, in bytes: what only it has, and has written to.
fn memory(pid: u32) -> usize {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// Opens connections and says what each of them takes of the server's memory.
fn measure<C>(transport: &str, connections: usize, open: impl Fn(&Echo) -> C, most: usize) {
    // Longer than the test takes, so that nobody is missed meanwhile.
    measure_at(&Echo::start(&["--heartbeat", "120"]), transport, connections, open, most);
}

fn measure_at<C>(
    echo: &Echo,
    transport: &str,
    connections: usize,
    open: impl Fn(&Echo) -> C,
    most: usize,
) {
    let files = std::fs::read_to_string("/proc/self/limits").unwrap();
    let files = files.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let files: usize = files.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX);
    if files < connections + 100 {
        return println!("not run: {files} open files, {connections} connections");
    }
    let warm: Vec<_> = (0..100).map(|_| open(echo)).collect();
    let before = settled_memory(echo, &open);
    let started = Instant::now();
    let idle: Vec<_> = (0..connections).map(|_| open(echo)).collect();
    let each = (settled_memory(echo, &open) - before) / connections;
    println!("{transport}: {each} bytes a connection, opened in {:?}", started.elapsed());
    assert!(each <= most, "{transport}: {each} bytes a connection, {most} may be");
    drop((warm, idle));
}

/// Waits until the server has done what was asked of it, so that its memory no longer
/// changes, and returns that.
fn settled_memory<C>(echo: &Echo, open: impl Fn(&Echo) -> C) -> usize {
    drop(open(echo));
    let mut last = memory(echo.pid());
    for _ in 0..1_000 {
        std::thread::sleep(Duration::from_millis(50));
        let now = memory(echo.pid());
        if now == last {
            return now;
        }
        last = now;
    }
    panic!("the server's memory goes on changing");
}

/// A connection that has had its first heartbeat, and answered it.
fn over_tcp(echo: &Echo) -> Raw {
    let mut raw = Raw::open(echo);
    raw.package().expect("a heartbeat");
    raw.send(&package::HEARTBEAT);
    raw
}

fn over_websocket(echo: &Echo) -> Raw {
    let mut raw = Raw::connect(echo);
    let key = upgrade::client_key([7; 16]);
    raw.send(&upgrade::request(&echo.address(), "/", &key, &[]).unwrap());
    hear(&mut raw);
    for package in [&handshake("{}")[..], &package::HANDSHAKE_ACK, &package::HEARTBEAT] {
        let mut frame = Vec::new();
        let start = seal::begin(&mut frame);
        frame.extend_from_slice(package);
        seal::finish_client(start, OpCode::Binary, [1, 2, 3, 4], &mut frame);
        raw.stream.write_all(&frame).unwrap();
        // The upgrade's answer, the handshake's, and a heartbeat's.
        hear(&mut raw);
    }
    raw
}

/// The same as over TCP, within TLS.
fn over_tls(echo: &Echo, config: &Arc<ClientConfig>) -> StreamOwned<ClientConnection, TcpStream> {
    let session = ClientConnection::new(config.clone(), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(session, Raw::connect(echo).stream);
    let mut ask = |said: &[u8]| {
        stream.write_all(said).unwrap();
        let mut head = [0; 4];
        stream.read_exact(&mut head).unwrap();
        let [kind, size @ ..] = head;
        let [a, b, c] = size;
        let mut body = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        stream.read_exact(&mut body).unwrap();
        kind
    };
    assert_eq!(ask(&handshake("{}")), 1);
    assert_eq!(ask(&package::HANDSHAKE_ACK), 3);
    stream.write_all(&package::HEARTBEAT).unwrap();
    stream
}

fn hear(raw: &mut Raw) {
    assert!(raw.stream.read(&mut [0; 4096]).unwrap() > 0);
}

#[test]
fn an_idle_connection_over_tcp_is_small() {
    measure("tcp", CONNECTIONS, over_tcp, 2_050);
}

#[test]
fn an_idle_connection_over_websocket_is_small() {
    measure("websocket", CONNECTIONS, over_websocket, 2_500);
}

/// 9,836 bytes were measured, 7,900 more than over TCP: the state of rustls, with its keys, its
/// record buffers, and what it keeps to write tickets and to renew keys.
#[test]
fn an_idle_connection_within_tls_is_small() {
    let authority = Authority::new();
    let Identity { certificate, key } = authority.local();
    let config = ClientPem::new(authority.roots()).load().unwrap();
    let files = [&certificate, &key].map(|path| path.to_str().unwrap());
    let echo = Echo::start(&["--heartbeat", "120", "--tls", files[0], files[1]]);
    measure_at(&echo, "tls", IN_TLS, |echo| over_tls(echo, &config), 11_000);
}
