//! The stop and its deadline.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Waker};
use std::time::Duration;

use connector::client::{Client, ConnectionState, Reconnect};
use connector::prelude::*;
use connector::protocol::session::Answer;
use connector::testing::TestServer;
use tokio::net::TcpStream;

use super::{Probe, client, start, until};

#[tokio::test]
async fn a_stop_answers_what_it_has_accepted() {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let client = client(&address).await;
    let handle = server.handle();
    let held = tokio::spawn({
        let client = client.clone();
        async move { client.request::<Json<u64>>("test.probeHandler.held", ()).await }
    });
    let behind = tokio::spawn({
        let client = client.clone();
        async move { client.request::<Json<u64>>("test.probeHandler.ordered", Json(7u64)).await }
    });
    until("the call runs", || probe.running.load(Ordering::SeqCst) == 1).await;
    client.request::<Json<u64>>("test.probeHandler.beside", Json(1u64)).await.unwrap();
    let stop = tokio::spawn(async move { handle.stop().await });
    until("nobody listens", || std::net::TcpStream::connect(&address).is_err()).await;
    probe.gate.notify_one();
    assert_eq!(held.await.unwrap().unwrap().0, 1);
    assert_eq!(behind.await.unwrap().unwrap().0, 7);
    stop.await.unwrap();
    let lost = client.states().next().await.unwrap();
    assert!(lost.reason().is_some_and(CloseReason::is_peer_closed), "{lost:?}");
}

/// Their attempts do not reach the server that stops, and the next one serves what waits.
#[tokio::test]
async fn clients_that_connect_again_outlast_a_stop() {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let policy = Reconnect::new()
        .first_wait(Duration::from_millis(5))
        .longest_wait(Duration::from_millis(20));
    let builder = Client::builder().reconnect(policy).request_timeout(Duration::from_secs(20));
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(builder.clone().connect(&format!("tcp://{address}")).await.unwrap());
    }
    let handle = server.handle();
    until("all are open", || handle.statistics().sessions == 8).await;
    let held = clients[0].clone();
    let held =
        tokio::spawn(async move { held.request::<Json<u64>>("test.probeHandler.held", ()).await });
    until("the call runs", || probe.running.load(Ordering::SeqCst) == 1).await;
    let stop = tokio::spawn({
        let handle = handle.clone();
        async move { handle.stop().await }
    });
    // Those without a call are closed at once, and have tried again for some times.
    let tried =
        |client: &Client| matches!(client.state(), ConnectionState::Lost { attempt: 3.., .. });
    until("all others have tried", || clients[1..].iter().all(tried)).await;
    assert!(!stop.is_finished());
    assert_eq!(handle.statistics().connections, 1);
    probe.gate.notify_one();
    assert_eq!(held.await.unwrap().unwrap().0, 1);
    stop.await.unwrap();
    let waits = clients
        .iter()
        .map(|client| client.request::<Json<u64>>("test.probeHandler.beside", Json(5u64)));
    let next = Server::builder().connector(TcpConnector::bind(&*address)).handler(probe.clone());
    let (answers, next) = tokio::join!(futures_util::future::join_all(waits), next.start());
    for answer in answers {
        assert_eq!(answer.unwrap().0, 5);
    }
    assert_eq!(next.unwrap().handle().statistics().sessions, 8);
}

#[tokio::test]
async fn a_stop_keeps_its_deadline() {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let client = client(&address).await;
    client.notify("test.probeHandler.held", ()).await.unwrap();
    until("the call runs", || probe.running.load(Ordering::SeqCst) == 1).await;
    // One that never shakes hands must not hold it up either.
    let silent = TcpStream::connect(&address).await.unwrap();
    let stop = server.handle();
    let stopped = stop.stop_within(Duration::from_millis(200));
    tokio::time::timeout(Duration::from_secs(8), stopped).await.expect("the deadline holds");
    drop(silent);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_opens_while_the_stop_begins_is_told() {
    let handle = Arc::<OnceLock<ServerHandle>>::default();
    let stopping = handle.clone();
    let builder = Server::builder().on_handshake(move |_, _| {
        // The session is not open, so the stop does not find it.
        let stop = stopping.get().unwrap().stop();
        assert!(pin!(stop).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        std::future::ready(Answer::Accept { user: None })
    });
    let server = TestServer::start(builder.handler(Probe::default())).await;
    handle.set(server.handle()).unwrap();
    let (near, far) = tokio::io::duplex(1024);
    let peer = connector::Peer::new("memory", connector::Address::Unnamed);
    let socket = <connector::MemorySocket as connector::Accept<_>>::accept(far, peer);
    server.handle().serve_connection(socket, connector::codec::PomeloCodec);
    // With the acknowledgement behind it, so that nothing is waited for.
    let hello = b"\x01\x00\x00\x0a{\"sys\":{}}\x02\x00\x00\x00";
    let (mut near, mut write) = tokio::io::split(near);
    tokio::io::AsyncWriteExt::write_all(&mut write, hello).await.unwrap();
    let started = tokio::time::Instant::now();
    let mut heard = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut near, &mut heard).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "after {:?}", started.elapsed());
    assert_eq!(heard.first(), Some(&1), "its handshake was answered");
    drop((near, write));
    server.handle().stopped().await;
}
