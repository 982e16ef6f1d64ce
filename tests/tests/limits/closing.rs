//! Limits that end a session.

use connector::Limit;
use connector::session::PushError;

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

#[tokio::test]
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

#[tokio::test]
async fn drain() {
    for dry_run in BOTH {
        let drain = Duration::from_millis(100);
        let trial = Trial::start(Limits { drain, dry_run, ..Limits::default() }).await;
        let client = trial.client().await;
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
