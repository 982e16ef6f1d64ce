//! One message to many sessions.

use std::time::Duration;

use connector::client::{Client, Pushes};
use connector::prelude::*;
use connector::protocol::framing::Envelope;
use connector::protocol::message::{Head, RouteRef};
use connector::protocol::pomelo::package::{DataPackage, HANDSHAKE_ACK};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;

use super::{Probe, client, start, until};

/// More than one task sends to at once.
const MANY: usize = 150;

/// A server that stays, and what its many clients are pushed.
async fn crowd() -> (Server, Vec<(Client, Pushes<Json<u64>>)>) {
    let (server, address) = start(&Probe::default(), Limits::default()).await;
    let mut clients = Vec::new();
    for _ in 0..MANY {
        let client = client(&address).await;
        let pushes = client.pushes("onPush");
        clients.push((client, pushes));
    }
    until("all are open", || server.handle().statistics().sessions == MANY).await;
    (server, clients)
}

/// The next that is pushed.
async fn next<T: DeserializeOwned>(pushes: &mut Pushes<Json<T>>) -> T {
    let next = tokio::time::timeout(Duration::from_secs(10), pushes.next()).await;
    next.expect("a push comes").expect("the session is open").expect("it fits").0
}

/// What each of them is pushed next, so many times.
async fn pushed(clients: &mut [(Client, Pushes<Json<u64>>)], count: usize) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    for (_, pushes) in clients {
        let mut got = Vec::new();
        for _ in 0..count {
            got.push(next(pushes).await);
        }
        all.push(got);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_to_all_and_to_one_keep_their_order() {
    let (server, mut clients) = crowd().await;
    let handle = server.handle();
    let sessions = handle.sessions();
    assert_eq!(sessions.len(), MANY);
    // Some by the task that sends for all, some by the session's own.
    for n in (0..12).step_by(3) {
        assert_eq!(handle.broadcast("onPush", Json(&n)).unwrap(), MANY);
        for session in &sessions {
            session.push("onPush", Json(n + 1)).unwrap();
        }
        assert_eq!(handle.broadcast("onPush", Json(n + 2)).unwrap(), MANY);
        tokio::task::yield_now().await;
    }
    let wanted: Vec<u64> = (0..12).collect();
    assert_eq!(pushed(&mut clients, wanted.len()).await, vec![wanted; MANY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_needs_no_runtime() {
    let (server, mut clients) = crowd().await;
    let handle = server.handle();
    let reached = std::thread::spawn(move || handle.broadcast("onPush", Json(1)).unwrap());
    assert_eq!(reached.join().unwrap(), MANY);
    assert_eq!(pushed(&mut clients, 1).await, vec![vec![1]; MANY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_is_sent_by_the_servers_own_runtime() {
    let (server, mut clients) = crowd().await;
    let handle = server.handle();
    let said = std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().build().unwrap();
        let reached = runtime.block_on(async { handle.broadcast("onPush", Json(1)).unwrap() });
        // Nobody lets it run any more.
        (runtime, reached)
    });
    let (runtime, reached) = said.join().unwrap();
    assert_eq!(reached, MANY);
    assert_eq!(pushed(&mut clients, 1).await, vec![vec![1]; MANY]);
    runtime.shutdown_background();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_broadcast_does_not_wait_for_who_has_said_it() {
    let (server, mut clients) = crowd().await;
    let handle = server.handle();
    let (arrived, wait) = std::sync::mpsc::channel::<()>();
    // It keeps its thread until everybody has heard it.
    let busy = tokio::spawn(async move {
        let reached = handle.broadcast("onPush", Json(1)).unwrap();
        wait.recv().unwrap();
        reached
    });
    assert_eq!(pushed(&mut clients, 1).await, vec![vec![1]; MANY]);
    arrived.send(()).unwrap();
    assert_eq!(busy.await.unwrap(), MANY);
}

/// The bytes of a push, as often as they come.
fn pushes(route: &str, body: &str, count: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    Head::Push(RouteRef::Name(route)).encode(&mut out).unwrap();
    out.extend_from_slice(body.as_bytes());
    DataPackage.finish(mark, &mut out).unwrap();
    out.repeat(count)
}

#[tokio::test]
async fn what_a_socket_has_no_room_for_follows_when_it_has() {
    const LINES: usize = 64;
    let limits = Limits { queued: 64 << 20, ..Limits::default() };
    let (server, address) = start(&Probe::default(), limits).await;
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut peer = TcpStream::connect(&address).await.unwrap();
        peer.write_all(b"\x01\0\0\x0a{\"sys\":{}}").await.unwrap();
        let mut answer = [0; 256];
        assert_eq!(peer.read(&mut answer).await.unwrap(), 4 + usize::from(answer[3]));
        peer.write_all(&HANDSHAKE_ACK).await.unwrap();
        slow.push(peer);
    }
    until("both are open", || server.handle().statistics().sessions == 2).await;
    // Far more than the kernel takes, to peers that do not read meanwhile.
    let line = "x".repeat(512 << 10);
    for _ in 0..LINES {
        assert_eq!(server.handle().broadcast("onLine", Json(&line)).unwrap(), 2);
        tokio::task::yield_now().await;
    }
    let wanted = pushes("onLine", &format!("\"{line}\""), LINES);
    for mut peer in slow {
        let mut got = vec![0; wanted.len()];
        let read = tokio::time::timeout(Duration::from_secs(20), peer.read_exact(&mut got)).await;
        read.expect("all of it comes").unwrap();
        assert!(got == wanted, "the lines came in another order");
    }
}
