//! Calls: their order, their answers, what happens when they go wrong.

use std::sync::atomic::Ordering;
use std::time::Duration;

use connector::client::RequestError;
use connector::prelude::*;
use connector::testing::TestServer;
use serde_json::Value;

use super::{Probe, client, start, until};

#[tokio::test]
async fn messages_of_a_session_run_in_order() {
    let probe = Probe::default();
    let (_server, address) = start(&probe, Limits::default()).await;
    let client = client(&address).await;
    let ordered = |n| {
        let client = client.clone();
        async move { client.request::<Json<u64>>("test.probeHandler.ordered", Json(&n)).await }
    };
    let open = async {
        // The first one waits, and all behind it; one beside them does not.
        let beside = client.request::<Json<u64>>("test.probeHandler.beside", Json(99u64)).await;
        assert_eq!(beside.unwrap().0, 99);
        probe.gate.notify_one();
    };
    let body = async {
        let (a, b, c) = (ordered(2u64), ordered(3), ordered(5));
        tokio::join!(a, b, c)
    };
    let ((a, b, c), ()) = tokio::join!(body, open);
    assert_eq!((a.unwrap().0, b.unwrap().0, c.unwrap().0), (2, 3, 5));
    assert_eq!(*probe.log.lock().unwrap(), [99, 2, 3, 5]);
}

#[tokio::test]
async fn what_a_handler_pushes_goes_before_its_answer() {
    let (_server, address) = start(&Probe::default(), Limits::default()).await;
    let client = client(&address).await;
    let mut pushes = client.pushes::<Json<u64>>("onPush");
    let Json(answer): Json<u64> =
        client.request("test.probeHandler.pushesFirst", ()).await.unwrap();
    assert_eq!(answer, 3);
    for n in 0..3 {
        assert_eq!(pushes.next().await.unwrap().unwrap().0, n);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pending_call_does_not_hold_up_heartbeats() {
    let probe = Probe::default();
    let builder = Server::builder().handler(probe.clone()).heartbeat(Duration::from_secs(1));
    let server = TestServer::start(builder).await;
    let client = server.client().connect().await;
    let held = client.client().request::<Json<u64>>("test.probeHandler.held", ());
    let release = async {
        // Many times the two intervals after which either side gives up.
        tokio::time::sleep(Duration::from_secs(9)).await;
        probe.gate.notify_one();
    };
    let (held, ()) = tokio::join!(held, release);
    assert_eq!(held.unwrap().0, 1);
}

#[tokio::test]
async fn what_has_begun_is_finished_without_its_client() {
    let probe = Probe::default();
    let (server, address) = start(&probe, Limits::default()).await;
    let client = client(&address).await;
    client.notify("test.probeHandler.held", ()).await.unwrap();
    until("the call runs", || probe.running.load(Ordering::SeqCst) == 1).await;
    client.close().await;
    until("the session is gone", || server.handle().statistics().sessions == 0).await;
    probe.gate.notify_one();
    probe.done.notified().await;
}

#[tokio::test]
async fn a_panicking_handler_ends_its_own_session_alone() {
    let (server, address) = start(&Probe::default(), Limits::default()).await;
    let (bad, good) = (client(&address).await, client(&address).await);
    let panicked = bad.request::<Value>("test.probeHandler.panics", ()).await;
    assert!(matches!(panicked, Err(RequestError::Closed(_))), "{panicked:?}");
    assert_eq!(
        good.request::<Json<u64>>("test.probeHandler.beside", Json(1u64)).await.unwrap().0,
        1
    );
    until("the session is gone", || server.handle().statistics().sessions == 1).await;
    assert_eq!(server.handle().statistics().connections, 1);
}
