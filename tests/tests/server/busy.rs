//! Sessions with more messages than the server takes: they live, and they are noticed when
//! they leave.

use std::sync::atomic::Ordering;
use std::time::Duration;

use connector::testing::{TestClient, TestServer};
use tokio::time::{Instant, sleep};

use super::*;

/// More messages than may wait.
const MANY: u64 = 600;

/// A server with heartbeats, and a client with many messages behind a call that hangs.
async fn busy(probe: &Probe, limits: Limits) -> (TestServer, TestClient) {
    let builder = Server::builder().handler(probe.clone()).limits(limits);
    let server = TestServer::start(builder.heartbeat(Duration::from_secs(3))).await;
    let client = server.client().connect().await;
    client.notify("test.probeHandler.held", ()).await;
    for n in 0..MANY {
        client.notify("test.probeHandler.ordered", Json(2 * n + 1)).await;
    }
    until("the call hangs", || probe.running.load(Ordering::SeqCst) == 1).await;
    (server, client)
}

#[tokio::test(start_paused = true)]
async fn a_client_outlives_a_slow_call_before_many_messages() {
    let probe = Probe::default();
    let (server, client) = busy(&probe, Limits::default()).await;
    // Many times the silence after which either side gives up.
    sleep(Duration::from_secs(300)).await;
    assert_eq!(server.handle().statistics().sessions, 1);
    probe.gate.notify_one();
    let last: Json<u64> = client.request("test.probeHandler.ordered", Json(7_u64)).await;
    assert_eq!(last.0, 7);
    let all = (0..MANY).map(|n| 2 * n + 1).chain([7]).collect::<Vec<_>>();
    assert_eq!(*probe.log.lock().unwrap(), all);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_behind_a_hung_call_is_noticed_at_once() {
    let probe = Probe::default();
    let (server, client) = busy(&probe, Limits::default()).await;
    let session = server.handle().sessions().remove(0);
    let left = Instant::now();
    client.client().close().await;
    until("it is noticed", || session.close_reason().is_some()).await;
    assert!(left.elapsed() < Duration::from_secs(1), "after {:?}", left.elapsed());
    assert_eq!(session.close_reason(), Some(CloseReason::PeerClosed));
    // What it had sent is served all the same.
    probe.gate.notify_one();
    until("all is served", || probe.log.lock().unwrap().len() == MANY as usize).await;
    until("all is gone", || server.handle().statistics().connections == 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_gone_without_a_word_is_noticed_behind_a_hung_call() {
    let probe = Probe::default();
    let builder = Server::builder().handler(probe.clone());
    let server = TestServer::start(builder.heartbeat(Duration::from_secs(3))).await;
    let (mut near, far) = tokio::io::duplex(1 << 20);
    let peer = connector::Peer::new("memory", connector::Address::Unnamed);
    let socket = <connector::MemorySocket as connector::Accept<_>>::accept(far, peer);
    server.handle().serve_connection(socket, connector::codec::PomeloCodec);
    let client = server.client().connect().await;
    shake_hands(&mut near).await;
    until("both are open", || server.handle().statistics().sessions == 2).await;
    let held = b"\x04\0\0\x18\x02\x16test.probeHandler.held";
    tokio::io::AsyncWriteExt::write_all(&mut near, &held.repeat(MANY as usize)).await.unwrap();
    until("the call hangs", || probe.running.load(Ordering::SeqCst) == 1).await;
    // It is silent for as long as it may be, and then does not answer a heartbeat.
    sleep(Duration::from_millis(12_500)).await;
    assert_eq!(server.handle().statistics().sessions, 1);
    drop((near, client));
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_client_that_left_is_not_served_for_ever() {
    let probe = Probe::default();
    let limits = Limits { drain: Duration::from_secs(2), ..Limits::default() };
    let (server, client) = busy(&probe, limits).await;
    client.client().close().await;
    let left = Instant::now();
    until("all is gone", || server.handle().statistics().connections == 0).await;
    assert!(left.elapsed() < Duration::from_secs(3), "after {:?}", left.elapsed());
    assert!(probe.log.lock().unwrap().is_empty());
}

async fn shake_hands(near: &mut tokio::io::DuplexStream) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    near.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}").await.unwrap();
    let mut head = [0; 4];
    near.read_exact(&mut head).await.unwrap();
    let size = u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize;
    near.read_exact(&mut vec![0; size]).await.unwrap();
    near.write_all(b"\x02\x00\x00\x00").await.unwrap();
}
