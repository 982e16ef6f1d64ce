//! What the server of a scene offers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector::prelude::*;
use tokio::sync::Semaphore;

/// How many calls began and returned, and what lets held ones go on.
#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) begun: AtomicUsize,
    pub(crate) done: AtomicUsize,
    pub(crate) gate: Gate,
}

/// Keeps calls until it is opened.
pub(crate) struct Gate(Semaphore);

impl Default for Gate {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Gate {
    /// Lets all calls go on from now on.
    pub(crate) fn open(&self) {
        self.0.close();
    }

    /// Lets so many calls go on.
    pub(crate) fn pass(&self, calls: usize) {
        self.0.add_permits(calls);
    }

    async fn wait(&self) {
        if let Ok(permit) = self.0.acquire().await {
            permit.forget();
        }
    }
}

#[derive(Default)]
pub(crate) struct Stage(pub(crate) Arc<Calls>);

#[handler("campaign.stageHandler")]
impl Stage {
    #[route]
    async fn echo(&self, Json(n): Json<u64>) -> Json<u64> {
        Json(n)
    }

    #[route(concurrent)]
    async fn slow(&self, Json(n): Json<u64>) -> Json<u64> {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.0.done.fetch_add(1, Ordering::SeqCst);
        Json(n)
    }

    /// Pushes until no more of it may wait.
    #[route]
    async fn pour(&self, session: &Session) {
        let text = "x".repeat(8 * 1024);
        while session.push("onText", Json(&text)).is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Keeps all that comes behind it waiting until the gate is open.
    #[route]
    async fn hold(&self) {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        self.0.gate.wait().await;
    }

    /// Answers with so many bytes.
    #[route]
    async fn big(&self, Json(bytes): Json<usize>) -> Raw {
        Raw(vec![b'x'; bytes].into())
    }

    /// Takes any body.
    #[route]
    async fn take(&self, Raw(body): Raw) -> Json<usize> {
        Json(body.len())
    }

    #[route]
    async fn panics(&self) {
        panic!("on purpose: a handler");
    }
}
