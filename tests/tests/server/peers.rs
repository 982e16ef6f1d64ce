//! Peers that are too many, too slow or too fast.

use std::sync::atomic::Ordering;
use std::time::Duration;

use connector::client::Client;
use connector::prelude::*;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Probe, client, start, until};

#[tokio::test]
async fn too_many_connections_are_refused_and_counted_back() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let (server, address) = start(&Probe::default(), limits).await;
    let (one, two) = (client(&address).await, client(&address).await);
    assert!(Client::connect(&format!("tcp://{address}")).await.is_err());
    assert!(Client::connect(&format!("tcp://{address}")).await.is_err());
    one.close().await;
    until("there is room", || server.handle().statistics().connections == 1).await;
    let three = client(&address).await;
    assert_eq!(
        three.request::<Json<u64>>("test.probeHandler.beside", Json(3u64)).await.unwrap().0,
        3
    );
    drop(two);
}

#[tokio::test]
async fn a_peer_that_does_not_read_pushes_is_closed() {
    let limits = Limits { queued: 256 * 1024, ..Limits::default() };
    let (server, address) = start(&Probe::default(), limits).await;
    // A client that is never polled again does not read.
    let mut silent = TcpStream::connect(&address).await.unwrap();
    silent.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}\x02\x00\x00\x00").await.unwrap();
    let mut answer = [0; 64];
    let _ = silent.read(&mut answer).await.unwrap();
    silent.write_all(b"\x02\x00\x00\x00").await.unwrap();
    let good = client(&address).await;
    until("both are open", || server.handle().statistics().sessions == 2).await;
    let text = "x".repeat(64 * 1024);
    let sessions = server.handle().sessions();
    let slow = sessions.iter().find(|session| session.client().is_some_and(|c| c.kind.is_none()));
    let slow = slow.expect("the silent one said no type");
    let mut refused = None;
    for _ in 0..10_000 {
        if let Err(error) = slow.push("onText", Json(&text)) {
            refused = Some(error);
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(refused.is_some(), "the queue is bounded");
    until("it is closed", || slow.close_reason().is_some()).await;
    assert!(matches!(slow.close_reason(), Some(CloseReason::SlowPeer { .. })));
    assert_eq!(
        good.request::<Json<u64>>("test.probeHandler.beside", Json(1u64)).await.unwrap().0,
        1
    );
}

#[tokio::test]
async fn a_peer_that_takes_nothing_for_too_long_is_closed() {
    let limits = Limits {
        stall: Duration::from_millis(200),
        queued: 64 << 20,
        drain: Duration::from_secs(1),
        ..Limits::default()
    };
    let (server, address) = start(&Probe::default(), limits).await;
    let mut silent = TcpStream::connect(&address).await.unwrap();
    silent.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}").await.unwrap();
    let _ = silent.read(&mut [0; 64]).await.unwrap();
    silent.write_all(b"\x02\x00\x00\x00").await.unwrap();
    until("it is open", || server.handle().statistics().sessions == 1).await;
    let session = server.handle().sessions().remove(0);
    session.push("onText", Json("x".repeat(16 << 20))).unwrap_err();
    for _ in 0..16 {
        session.push("onText", Json("x".repeat(1 << 20))).unwrap();
    }
    until("it is closed", || session.close_reason().is_some()).await;
    assert!(matches!(session.close_reason(), Some(CloseReason::Stalled { .. })));
}

#[tokio::test]
async fn too_many_messages_are_served_later_and_none_is_lost() {
    let limits = Limits { waiting: 4, concurrent: 4, messages_per_second: 50, ..Limits::default() };
    let (_server, address) = start(&Probe::default(), limits).await;
    let client = client(&address).await;
    let requests = (0..120u64).map(|n| {
        let client = client.clone();
        let n = 2 * n + 1;
        tokio::spawn(async move {
            client.request::<Json<u64>>("test.probeHandler.ordered", Json(&n)).await
        })
    });
    for (at, request) in requests.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(request.await.unwrap().unwrap().0, 2 * at as u64 + 1);
    }
}

#[tokio::test]
async fn slow_handlers_of_one_session_do_not_hold_up_another() {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let (busy, good) = (client(&address).await, client(&address).await);
    until("both are open", || server.handle().statistics().sessions == 2).await;
    // They leave in one write.
    for _ in 0..200 {
        busy.notify("test.probeHandler.spin", Json(1_u64)).await.unwrap();
    }
    good.request::<Json<u64>>("test.probeHandler.beside", Json(7_u64)).await.unwrap();
    until("all is handled", || probe.log.lock().unwrap().len() == 201).await;
    let before = probe.log.lock().unwrap().iter().position(|n| *n == 7).unwrap();
    assert!(before < 100, "{before} slow messages came before it");
}

/// Lets 100 slow calls start at once behind one that hung, of a client that has left or has
/// not. Returns how many of them came before a message of another client.
async fn slow_calls_before_another(leaves: bool) -> usize {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let (busy, good) = (client(&address).await, client(&address).await);
    until("both are open", || server.handle().statistics().sessions == 2).await;
    busy.notify("test.probeHandler.held", ()).await.unwrap();
    for _ in 0..100 {
        busy.notify("test.probeHandler.spin", Json(1_u64)).await.unwrap();
    }
    // What it sent before has arrived.
    busy.request::<Json<u64>>("test.probeHandler.beside", Json(5_u64)).await.unwrap();
    until("the call hangs", || probe.running.load(Ordering::SeqCst) == 1).await;
    if leaves {
        busy.close().await;
        until("it has left", || server.handle().statistics().sessions == 1).await;
    }
    probe.gate.notify_one();
    good.request::<Json<u64>>("test.probeHandler.beside", Json(7_u64)).await.unwrap();
    until("all is handled", || probe.log.lock().unwrap().len() == 102).await;
    let log = probe.log.lock().unwrap();
    log.iter().skip_while(|n| **n != 5).position(|n| *n == 7).unwrap()
}

#[tokio::test]
async fn slow_calls_that_waited_do_not_hold_up_another_session() {
    let before = slow_calls_before_another(false).await;
    assert!(before < 30, "{before} slow calls came before it");
}

#[tokio::test]
async fn slow_calls_of_a_client_that_left_do_not_hold_up_another_session() {
    let before = slow_calls_before_another(true).await;
    assert!(before < 30, "{before} slow calls came before it");
}

#[tokio::test]
async fn a_thousand_calls_that_go_on_do_not_hold_up_another_session() {
    let probe = Probe::default();
    let limits = Limits { concurrent: 1_024, ..Limits::default() };
    let (server, address) = start(&probe, limits).await;
    let (busy, good) = (client(&address).await, client(&address).await);
    until("both are open", || server.handle().statistics().sessions == 2).await;
    for _ in 0..1_024 {
        busy.notify("test.probeHandler.goesOn", Json(1_000_u64)).await.unwrap();
    }
    let turns = || probe.running.load(Ordering::SeqCst);
    until("all have begun", || turns() > 2 * 1_024).await;
    // The best, since a test beside may take the processor.
    let mut fewest = usize::MAX;
    for _ in 0..5 {
        let before = turns();
        good.request::<Json<u64>>("test.probeHandler.beside", Json(7_u64)).await.unwrap();
        fewest = fewest.min(turns() - before);
    }
    assert!(fewest < 500, "{fewest} turns of others came before it");
}

/// Lets a peer flood with what lies ready before another session asks. Returns the bytes of
/// the flood that were taken before the other one was answered.
async fn flooded_before_another(flood: Vec<u8>) -> usize {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let good = client(&address).await;
    let size = flood.len();
    let (mut near, far) = tokio::io::duplex(size + 1024);
    let peer = connector::Peer::new("memory", connector::Address::Unnamed);
    let socket = <connector::MemorySocket as connector::Accept<_>>::accept(far, peer);
    server.handle().serve_connection(socket, connector::codec::PomeloCodec);
    near.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}").await.unwrap();
    assert!(near.read(&mut [0; 256]).await.unwrap() > 0);
    near.write_all(b"\x02\x00\x00\x00").await.unwrap();
    until("both are open", || server.handle().statistics().sessions == 2).await;
    near.write_all(&flood).await.unwrap();
    good.request::<Json<u64>>("test.probeHandler.beside", Json(7_u64)).await.unwrap();
    // What is left lies in the pipe, which has room for what was taken.
    let mut taken = 0;
    let zeros = vec![0; 64 * 1024];
    while let Some(written) = near.write(&zeros).now_or_never() {
        taken += written.unwrap();
    }
    taken.saturating_sub(1024)
}

#[tokio::test]
async fn a_flood_of_heartbeats_does_not_hold_up_another_session() {
    let taken = flooded_before_another(b"\x03\0\0\0".repeat(4 << 20)).await;
    assert!(taken < 3 << 20, "{taken} bytes came before it");
}

#[tokio::test]
async fn a_flood_of_megabytes_does_not_hold_up_another_session() {
    let mut megabyte = b"\x04\x0f\x42\x40\x02\x16test.probeHandler.none".to_vec();
    megabyte.resize(4 + 1_000_000, b' ');
    let taken = flooded_before_another(megabyte.repeat(16)).await;
    assert!(taken < 3 << 20, "{taken} bytes came before it");
}
