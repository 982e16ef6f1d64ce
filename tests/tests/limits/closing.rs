//! Limits that end a session.

use connector::Limit;
use connector::session::PushError;
use connector::testing::TestServer;
use tokio::net::TcpStream;

use super::*;

#[tokio::test]
async fn queued() {
    for dry_run in BOTH {
        let trial = Trial::start(Limits { queued: 10_000, dry_run, ..Limits::default() }).await;
        let (_near, session) = trial.silent().await;
        let text = "x".repeat(6_000);
        // Twice as many for a peer that reads, which is not known yet.
        for _ in 0..3 {
            session.push("onText", Json(&text)).unwrap();
        }
        let fourth = session.push("onText", Json(&text));
        if dry_run {
            fourth.unwrap();
        } else {
            assert!(matches!(fourth, Err(PushError::Full { limit: 10_000, .. })), "{fourth:?}");
            assert!(matches!(trial.reason().await, CloseReason::SlowPeer { .. }));
        }
        assert_eq!(trial.counted.reached(Limit::Queued), 1.0);
        let endless = (0..40).try_for_each(|_| session.push("onText", Json(&text)));
        assert!(endless.is_err(), "it ends somewhere");
        trial.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn queued_for_a_peer_that_reads_some() {
    let trial = Trial::start(Limits { queued: 10_000, ..Limits::default() }).await;
    let (mut near, session) = trial.silent().await;
    for _ in 0..3 {
        session.push("onText", Json("x".repeat(6_000))).unwrap();
    }
    for _ in 0..10 {
        near.read_exact(&mut [0; 500]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert_eq!(session.close_reason(), None);
    }
    let started = tokio::time::Instant::now();
    let reason = trial.reason().await;
    assert!(matches!(reason, CloseReason::SlowPeer { limit: 10_000, .. }), "{reason:?}");
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(trial.counted.reached(Limit::Queued), 1.0);
    trial.end().await;
}

/// Reads pushes of so many bytes of text.
async fn read_pushes(near: &mut DuplexStream, texts: &[usize]) {
    for text in texts {
        let mut head = [0; 4];
        near.read_exact(&mut head).await.unwrap();
        let size = u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize;
        near.read_exact(&mut vec![0; size]).await.unwrap();
        assert_eq!(size, text + b"\x06\x06onText\"\"".len());
    }
}

#[tokio::test]
async fn a_push_of_any_length_passes() {
    let trial = Trial::start(Limits { queued: 10_000, ..Limits::default() }).await;
    let (mut near, session) = trial.silent().await;
    assert_eq!(session.queued(), 0);
    for _ in 0..2 {
        let long = "x".repeat(1_000_000);
        assert_eq!(trial.handle().broadcast("onText", Json(&long)).unwrap(), 1);
        // What others send meanwhile does not end it.
        session.push("onText", Json("x".repeat(5_000))).unwrap();
        assert!((900_000..1_005_030).contains(&session.queued()), "{}", session.queued());
        read_pushes(&mut near, &[1_000_000, 5_000]).await;
        until("everything has left", || session.queued() == 0).await;
    }
    assert_eq!(session.close_reason(), None);
    assert_eq!(trial.counted.reached(Limit::Queued), 0.0);
    trial.end().await;
}

#[tokio::test]
async fn an_answer_of_any_length_passes_beside_pushes() {
    let trial = Trial::start(Limits { queued: 10_000, ..Limits::default() }).await;
    let (mut near, session) = trial.silent().await;
    let body = format!("\"{}\"", "y".repeat(100_000));
    let request = [b"\x00\x01\x15test.gateHandler.echo", body.as_bytes()].concat();
    let size = u32::try_from(request.len()).unwrap().to_be_bytes();
    near.write_all(&[&[4, size[1], size[2], size[3]], &*request].concat()).await.unwrap();
    until("the answer waits", || session.queued() > 90_000).await;
    for _ in 0..3 {
        session.push("onText", Json("z")).unwrap();
    }
    let mut answer = vec![0; 4 + 2 + body.len()];
    near.read_exact(&mut answer).await.unwrap();
    assert!(answer.ends_with(body.as_bytes()));
    read_pushes(&mut near, &[1; 3]).await;
    assert_eq!(session.close_reason(), None);
    assert_eq!(trial.counted.reached(Limit::Queued), 0.0);
    trial.end().await;
}

#[tokio::test]
async fn a_push_that_waits_ends_nobody() {
    let trial = Trial::start(Limits { queued: 10_000, ..Limits::default() }).await;
    let (mut near, session) = trial.silent().await;
    let pushing = session.clone();
    let sent = tokio::spawn(async move {
        let mut most = 0;
        for text in 0..100 {
            pushing.push_when_ready("onText", Json("x".repeat(6_000 + text))).await.unwrap();
            most = most.max(pushing.queued());
        }
        most
    });
    read_pushes(&mut near, &(6_000..6_100).collect::<Vec<_>>()).await;
    let most = sent.await.unwrap();
    assert!((6_000..=10_000).contains(&most), "{most} bytes waited");
    let one = "x".repeat(9_000);
    session.push("onText", Json(&one)).unwrap();
    let waits = tokio::spawn({
        let session = session.clone();
        async move { session.push_when_ready("onText", Json("x".repeat(9_000))).await }
    });
    session.close();
    assert_eq!(waits.await.unwrap(), Err(PushError::Closed));
    trial.end().await;
}

#[tokio::test(start_paused = true)]
async fn stall() {
    for dry_run in BOTH {
        let stall = Duration::from_millis(100);
        let trial = Trial::start(Limits { stall, dry_run, ..Limits::default() }).await;
        let (mut near, session) = trial.silent().await;
        session.push("onText", Json("x".repeat(6_000))).unwrap();
        trial.counted.until_reached(Limit::Stall).await;
        if dry_run {
            near.read_exact(&mut [0; 6_000]).await.unwrap();
            assert_eq!(session.close_reason(), None);
        } else {
            assert!(matches!(trial.reason().await, CloseReason::Stalled { .. }));
            assert_eq!(trial.counted.reached(Limit::Stall), 1.0);
        }
        trial.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn drain() {
    for dry_run in BOTH {
        let drain = Duration::from_millis(100);
        let trial = Trial::start(Limits { drain, dry_run, ..Limits::default() }).await;
        let client = trial.client_in_memory().await;
        client.notify("test.gateHandler.wait", ()).await.unwrap();
        trial.echoes(&client).await;
        trial.handle().stop().await;
        assert_eq!(trial.counted.reached(Limit::Drain), 1.0);
        assert_eq!(trial.reason().await, CloseReason::Stopping);
        assert_eq!(trial.counted.get(connector::metrics::CONNECTIONS), 0.0);
        assert_eq!(trial.counted.get(connector::metrics::SESSIONS), 0.0);
        trial.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn package_rate() {
    for dry_run in BOTH {
        let limits = Limits { package_rate: 100, dry_run, ..Limits::default() };
        let trial = Trial::start(limits).await;
        let (mut near, session) = trial.silent().await;
        // A steady one may take its time.
        let whole = [&b"\x04\0\x0f\xa0"[..], &[0; 4_000]].concat();
        for part in whole.chunks(200) {
            near.write_all(part).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(trial.counted.reached(Limit::PackageRate), 0.0);
        near.write_all(&whole[..1_000]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10_500)).await;
        assert_eq!(trial.counted.reached(Limit::PackageRate), 1.0);
        if dry_run {
            assert_eq!(session.close_reason(), None);
        } else {
            let reason = CloseReason::SlowPackage { received: 0, expected: 1_000 };
            assert_eq!(trial.reason().await, reason);
            assert_eq!(trial.counted.closed("slow_package"), 1.0);
        }
        trial.end().await;
    }
}

/// Sends 90,000 bytes of a package that has more, bare or in fragments of a WebSocket.
async fn begin_package(near: &mut TcpStream, web: bool) {
    let package = [&b"\x04\x01\x86\xa0"[..], &[0; 89_996]].concat();
    if !web {
        shake_hands(near).await.unwrap();
        return near.write_all(&package).await.unwrap();
    }
    let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    near.write_all(upgrade.as_bytes()).await.unwrap();
    near.read_exact(&mut [0; 129]).await.unwrap();
    // Masked with zeros.
    near.write_all(b"\x82\x8e\0\0\0\0\x01\x00\x00\x0a{\"sys\":{}}").await.unwrap();
    assert!(near.read(&mut [0; 256]).await.unwrap() > 4);
    near.write_all(b"\x82\x84\0\0\0\0\x02\x00\x00\x00").await.unwrap();
    for (number, part) in package.chunks(9_000).enumerate() {
        let opcode = if number == 0 { 2 } else { 0 };
        let [high, low] = (part.len() as u16).to_be_bytes();
        near.write_all(&[opcode, 0xfe, high, low, 0, 0, 0, 0]).await.unwrap();
        // It may be closed meanwhile.
        let _ = near.write_all(part).await;
    }
}

#[tokio::test]
async fn call_bytes_in_all_of_packages_whose_start_has_arrived() {
    const MOST: usize = 400_000;
    for (dry_run, web) in [(false, false), (false, true), (true, false), (true, true)] {
        let limits = Limits { call_bytes_in_all: MOST, dry_run, ..Limits::default() };
        let trial = Trial::start(limits).await;
        let address = trial.url.strip_prefix("tcp://").unwrap();
        let mut peers = Vec::new();
        for _ in 0..10 {
            let mut near = TcpStream::connect(address).await.unwrap();
            begin_package(&mut near, web).await;
            peers.push(near);
        }
        let held = || trial.counted.get(connector::metrics::CALL_BYTES);
        if dry_run {
            trial.counted.until("all is held", || held() >= 10.0 * 85_000.0).await;
            assert_eq!(trial.counted.closed("overloaded"), 0.0);
        } else {
            trial
                .counted
                .until("some are closed", || trial.counted.closed("overloaded") >= 5.0)
                .await;
            let reason = trial.reason().await;
            assert!(matches!(reason, CloseReason::Overloaded { limit: MOST, .. }), "{reason}");
            let ended = trial.counted.closed("overloaded");
            assert_eq!(trial.counted.reached(Limit::CallBytesInAll), ended);
            assert!(trial.handle().statistics().sessions >= 1, "some may stay");
            assert!(held() <= 2.0 * MOST as f64, "{}", held());
        }
        // Others are served meanwhile.
        trial.echoes(&trial.client().await).await;
        drop(peers);
        trial.counted.until("all is given back", || held() == 0.0).await;
        trial.end().await;
    }
}

/// In the application's part of the handshake, which is not a hook.
#[tokio::test(start_paused = true)]
async fn a_panic_while_a_connection_opens() {
    let counted = Counted::here();
    let builder = Server::builder().dialect(|_| panic!("a choice of the dialect panics"));
    let server = TestServer::start(builder).await;
    let ended = server.client().try_connect().await.expect_err("it cannot open");
    assert_eq!(ended.to_string(), "the connection did not open: the peer closed the connection");
    counted.until("it is counted", || counted.closed("panicked") == 1.0).await;
    server.handle().stop().await;
    assert_eq!(server.handle().statistics().connections, 0);
}
