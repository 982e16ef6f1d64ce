//! The stop and its deadline.

use std::sync::atomic::Ordering;
use std::time::Duration;

use connector::prelude::*;
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
    client.closed().await;
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
