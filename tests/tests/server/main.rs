//! What the server promises: order, sessions, channels, limits, the stop.

#![allow(clippy::unwrap_used)]

mod bursts;
mod busy;
mod calls;
mod endless;
mod ghosts;
mod gone;
mod hosts;
mod idle;
mod listening;
mod many;
mod peers;
mod sessions;
#[cfg(target_os = "linux")]
mod slow_readers;
mod stop;
mod unread;
mod users;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::client::{Client, Reconnect};
use connector::handler::Cx;
use connector::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Handlers that let a test look inside.
#[derive(Clone, Default)]
struct Probe {
    log: Arc<Mutex<Vec<u64>>>,
    gate: Arc<Notify>,
    running: Arc<AtomicUsize>,
    done: Arc<Notify>,
    channels: Channels,
}

#[handler("test.probeHandler")]
impl Probe {
    /// Waits for the gate if `n` is even, then writes `n` down.
    #[route]
    async fn ordered(&self, Json(n): Json<u64>) -> Json<u64> {
        if n % 2 == 0 {
            self.gate.notified().await;
        }
        self.log.lock().unwrap().push(n);
        Json(n)
    }

    #[route(concurrent)]
    async fn beside(&self, Json(n): Json<u64>) -> Json<u64> {
        self.log.lock().unwrap().push(n);
        Json(n)
    }

    /// Keeps its thread for a millisecond.
    #[route]
    fn spin(&self, Json(n): Json<u64>) {
        let started = std::time::Instant::now();
        while started.elapsed() < Duration::from_millis(1) {}
        self.log.lock().unwrap().push(n);
    }

    /// Goes on `n` times, and keeps its thread for 100 microseconds each time.
    #[route(concurrent)]
    async fn goes_on(&self, Json(n): Json<u64>) {
        for _ in 0..n {
            let started = std::time::Instant::now();
            while started.elapsed() < Duration::from_micros(100) {}
            self.running.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    }

    #[route]
    async fn held(&self) -> Json<u64> {
        self.running.fetch_add(1, Ordering::SeqCst);
        self.gate.notified().await;
        self.done.notify_one();
        Json(1)
    }

    #[route]
    async fn pushes_first(&self, session: &Session) -> Result<Json<u64>, HandlerError> {
        for n in 0..3 {
            session.push("onPush", Json(&n)).map_err(|_| HandlerError::failed())?;
        }
        Ok(Json(3))
    }

    #[route]
    async fn panics(&self) {
        panic!("a handler panics");
    }

    #[route]
    async fn join(&self, session: &Session, Json(name): Json<String>) -> Json<bool> {
        Json(self.channels.join(&name, session))
    }

    #[route]
    async fn who(&self, cx: Cx<'_>) -> Json<Value> {
        Json(json!({
            "uid": cx.session.uid().as_deref(),
            "transport": cx.session.peer().transport,
            "type": cx.session.client().and_then(|client| client.kind.clone()),
        }))
    }
}

async fn start(probe: &Probe, limits: Limits) -> (Server, String) {
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(probe.clone())
        .heartbeat(Duration::ZERO)
        .limits(limits)
        .start()
        .await
        .unwrap();
    let address = server.addresses()[0].to_string();
    (server, address)
}

async fn client(address: &str) -> Client {
    Client::builder()
        .reconnect(Reconnect::never())
        .connect(&format!("tcp://{address}"))
        .await
        .unwrap()
}

/// Waits until something is so; what it waits for has no other sign.
async fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..12_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came that {what}");
}
