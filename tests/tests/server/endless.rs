//! Durations without an end, in every limit and option.

use connector::testing::TestServer;
use connector::{MemoryConnector, PushSchedule};

use super::*;

#[tokio::test(start_paused = true)]
async fn the_longest_duration_is_never() {
    let never = Duration::MAX;
    let probe = Probe::default();
    let limits = Limits { handshake: never, stall: never, drain: never, ..Limits::default() };
    let builder = Server::builder().handler(probe.clone()).limits(limits).heartbeat(never);
    let server = TestServer::start(builder).await;
    let options = |client: connector::client::ClientBuilder| {
        client.connect_timeout(never).request_timeout(never)
    };
    let client = server.client().with(options).connect().await;
    assert_eq!(client.request::<Json<u64>>("test.probeHandler.beside", Json(3_u64)).await.0, 3);

    // A peer that reads nothing of what waits for it.
    let (near, far) = tokio::io::duplex(1024);
    let peer = connector::Peer::new("memory", connector::Address::Unnamed);
    let socket = <connector::MemorySocket as connector::Accept<_>>::accept(far, peer);
    server.handle().serve_connection(socket, connector::codec::PomeloCodec);
    let mut near = near;
    let hello = b"\x01\x00\x00\x0a{\"sys\":{}}\x02\x00\x00\x00";
    tokio::io::AsyncWriteExt::write_all(&mut near, hello).await.unwrap();
    until("both are open", || server.handle().statistics().sessions == 2).await;
    server.handle().broadcast("onText", Json("x".repeat(100_000))).unwrap();

    // And a call that hangs while the server stops.
    client.notify("test.probeHandler.held", ()).await;
    until("the call hangs", || probe.running.load(Ordering::SeqCst) == 1).await;
    let stopping = server.handle();
    let stop = tokio::spawn(async move { stopping.stop_within(Duration::MAX).await });
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert!(!stop.is_finished());
    probe.gate.notify_one();
    drop(near);
    stop.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_endless_interval_keeps_messages_until_the_end() {
    let schedule = PushSchedule::Buffered { interval: Duration::MAX };
    let config = connector::Config::new()
        .push_schedule(schedule)
        .heartbeat(Duration::from_secs(3))
        .heartbeat_timeout(Duration::MAX);
    let memory = connector::transport::Memory::default();
    let dialer = memory.dialer();
    let server = Server::builder().connector(MemoryConnector::new(memory, config));
    let server = server.handler(Probe::default()).start().await.unwrap();
    let mut near = dialer.dial().await.unwrap();
    let hello = b"\x01\x00\x00\x0a{\"sys\":{}}\x02\x00\x00\x00";
    tokio::io::AsyncWriteExt::write_all(&mut near, hello).await.unwrap();
    until("it is open", || server.handle().statistics().sessions == 1).await;
    server.handle().broadcast("onText", Json("late")).unwrap();
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let session = server.handle().sessions().remove(0);
    assert_eq!(session.close_reason(), None);
    server.handle().stop().await;
    let mut heard = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut near, &mut heard).await.unwrap();
    assert!(String::from_utf8_lossy(&heard).contains("late"));
}

#[tokio::test(start_paused = true)]
async fn a_rate_without_end_is_so_many_calls_for_ever() {
    for calls in [1, 3] {
        let filter = connector::handler::filters::RateLimit::new(calls, Duration::MAX);
        let server = Server::builder().handler(Probe::default()).filter(filter);
        let server = TestServer::start(server).await;
        let client = server.client().connect().await;
        for _ in 0..calls {
            client.request::<Json<u64>>("test.probeHandler.beside", Json(3_u64)).await;
        }
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            let refused = client.expect_error("test.probeHandler.beside", Json(3_u64)).await;
            assert_eq!(refused.code, 429);
        }
    }
}
