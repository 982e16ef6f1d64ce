//! Limits that hold a session back, in memory and in paused time.

use connector::Limit;
use tokio::time::Instant;

use super::*;

/// Three calls that wait, and whether one beside them is answered meanwhile.
async fn is_read_on(trial: &Trial, route: &'static str, limit: Limit) -> bool {
    let client = trial.client_in_memory().await;
    is_client_read_on(trial, client, route, limit).await
}

async fn is_client_read_on(
    trial: &Trial,
    client: Client,
    route: &'static str,
    limit: Limit,
) -> bool {
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                client.request::<serde_json::Value>(route, Json("x".repeat(5_000))).await
            })
        })
        .collect();
    trial.counted.until_reached(limit).await;
    let beside = client.with_request_timeout(Duration::from_millis(300));
    let answer = beside.request::<Json<String>>("test.gateHandler.echo", Json("text")).await;
    trial.gate.add_permits(5);
    for call in waiting {
        call.await.unwrap().unwrap();
    }
    trial.echoes(&client).await;
    answer.is_ok()
}

#[tokio::test(start_paused = true)]
async fn waiting() {
    for dry_run in BOTH {
        let trial = Trial::start(Limits { waiting: 2, dry_run, ..Limits::default() }).await;
        assert_eq!(is_read_on(&trial, "test.gateHandler.wait", Limit::Waiting).await, dry_run);
        assert_eq!(trial.counted.reached(Limit::Waiting), 1.0);
        trial.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_zero_they_let_one_call_pass() {
    let limits = Limits::default;
    for none in [
        Limits { waiting: 0, ..limits() },
        Limits { concurrent: 0, ..limits() },
        Limits { messages_per_second: 0, ..limits() },
    ] {
        let trial = Trial::start(none).await;
        let client = trial.client_in_memory().await.with_request_timeout(Duration::from_secs(5));
        trial.echoes(&client).await;
        trial.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn concurrent() {
    for dry_run in BOTH {
        let trial = Trial::start(Limits { concurrent: 3, dry_run, ..Limits::default() }).await;
        let route = "test.gateHandler.waitBeside";
        assert_eq!(is_read_on(&trial, route, Limit::Concurrent).await, dry_run);
        assert_eq!(trial.counted.reached(Limit::Concurrent), 1.0);
        trial.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn messages_per_second() {
    for dry_run in BOTH {
        let limits = Limits { messages_per_second: 5, dry_run, ..Limits::default() };
        let trial = Trial::start(limits).await;
        // The first second begins with the session.
        let started = Instant::now();
        let client = trial.client_in_memory().await;
        for _ in 0..12 {
            trial.echoes(&client).await;
        }
        if !dry_run {
            assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
        }
        let mut echoes = 12.0;
        // What a second brought is told by the first message behind it.
        while trial.counted.reached(Limit::MessagesPerSecond) == 0.0 {
            trial.echoes(&client).await;
            echoes += 1.0;
        }
        client.close().await;
        trial.reason().await;
        let received = connector::metrics::MESSAGES_RECEIVED;
        trial.counted.until("all are counted", || trial.counted.get(received) == echoes).await;
        trial.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn call_bytes() {
    for dry_run in BOTH {
        for route in ["test.gateHandler.wait", "test.gateHandler.waitBeside"] {
            let limits = Limits { call_bytes: 15_000, dry_run, ..Limits::default() };
            let trial = Trial::start(limits).await;
            assert_eq!(is_read_on(&trial, route, Limit::CallBytes).await, dry_run, "{route}");
            assert_eq!(trial.counted.reached(Limit::CallBytes), 1.0);
            assert_eq!(trial.counted.get(connector::metrics::CALL_BYTES), 0.0);
            trial.end().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn call_bytes_in_all() {
    for dry_run in BOTH {
        let limits = Limits { call_bytes_in_all: 11_000, dry_run, ..Limits::default() };
        let trial = Trial::start(limits).await;
        let [other, hoarder, third] = [(); 3].map(|()| trial.client_in_memory());
        let (other, hoarder, third) = (other.await, hoarder.await, third.await);
        let held = tokio::spawn(async move {
            let client = hoarder.clone();
            let call = |client: Client| async move {
                let body = Json("x".repeat(5_000));
                client.request::<serde_json::Value>("test.gateHandler.waitBeside", body).await
            };
            tokio::join!(call(hoarder), call(client))
        });
        let held_bytes = || trial.counted.get(connector::metrics::CALL_BYTES);
        trial.counted.until("two calls run", || held_bytes() >= 8_000.0).await;
        // A session without calls is read on.
        trial.echoes(&third).await;
        let route = "test.gateHandler.waitBeside";
        let read_on = is_client_read_on(&trial, other, route, Limit::CallBytesInAll).await;
        assert_eq!(read_on, dry_run);
        let (one, two) = held.await.unwrap();
        assert!(one.is_ok() && two.is_ok());
        assert_eq!(trial.counted.reached(Limit::CallBytesInAll), 1.0);
        assert_eq!(held_bytes(), 0.0);
        trial.end().await;
    }
}
