//! The task of a client: serves its connection, and connects again when that is lost.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::text::escaped;

use super::dial::{self, Way};
use super::driver::Driver;
use super::live::Live;
use super::open::Opened;
use super::pending::End;
use super::shared::Shared;
use super::state::ConnectionState;
use super::{Client, ClientBuilder, ConnectError, Reconnect};
use crate::runtime::{self, Backoff, Instant, sleep, timeout_at};

/// The task of a client: serves its connection, and connects again when that is lost.
pub(super) struct Supervisor {
    builder: ClientBuilder,
    /// `None` if there is one socket only.
    way: Option<Box<dyn Way>>,
    shared: Arc<Shared>,
}

impl Supervisor {
    pub(super) fn new(
        builder: ClientBuilder,
        way: Option<Box<dyn Way>>,
        shared: Arc<Shared>,
    ) -> Self {
        Self { builder, way, shared }
    }

    /// Runs until the client is closed.
    pub(super) async fn run(self, mut driver: Driver) {
        let mut attempts = Attempts::new(&self.builder.reconnect, self.way.is_some());
        loop {
            let since = Instant::now();
            let reason = driver.run().await;
            attempts.lost(since);
            let Some(wait) = attempts.next(&reason) else {
                self.end(&reason);
                driver.close(&reason).await;
                return self.shared.gone();
            };
            let loss = Loss { reason: reason.clone(), live: Some(driver.live.clone()) };
            // The next connection does not wait for it.
            runtime::spawn(async move { driver.close(&reason).await });
            driver = match self.reconnect(&mut attempts, loss, wait).await {
                Ok(driver) => driver,
                Err(reason) => {
                    self.end(&reason);
                    return self.shared.gone();
                }
            };
            self.shared.open(driver.live.clone());
        }
    }

    /// Attempts to connect until one succeeds. Returns the reason to close otherwise.
    async fn reconnect(
        &self,
        attempts: &mut Attempts<'_>,
        mut loss: Loss,
        mut wait: Duration,
    ) -> Result<Driver, CloseReason> {
        let Some(way) = &self.way else { return Err(loss.reason) };
        let closing = &self.shared.closing;
        loop {
            // Enabled before the state is seen, so that nobody's wish is missed.
            let mut retry = pin!(self.shared.retry.notified());
            retry.as_mut().enable();
            let (attempt, reason) = (attempts.made(), loss.reason.clone());
            self.shared.set(ConnectionState::Lost { reason, attempt, retry_in: wait });
            loss.end();
            tokio::select! {
                biased;
                () = closing.cancelled() => return Err(CloseReason::Requested),
                () = retry => {}
                () = sleep(wait) => {}
            }
            let reason = loss.reason.clone();
            self.shared.set(ConnectionState::Connecting { reason, attempt });
            let opened = tokio::select! {
                biased;
                () = closing.cancelled() => return Err(CloseReason::Requested),
                opened = self.attempt(&**way) => opened,
            };
            loss.reason = match opened {
                Ok(driver) => return Ok(driver),
                Err(error) => failed(error, attempt),
            };
            wait = attempts.next(&loss.reason).ok_or_else(|| loss.reason.clone())?;
        }
    }

    async fn attempt(&self, way: &dyn Way) -> Result<Driver, ConnectError> {
        let deadline = self.builder.connect_deadline();
        let opened = dial::attempt(&self.builder, way.dial(), deadline).await?;
        self.greet(opened, deadline).await
    }

    /// Serves a connection until the hook for open connections has returned.
    pub(super) async fn greet(
        &self,
        opened: Opened,
        deadline: Option<Instant>,
    ) -> Result<Driver, ConnectError> {
        let driver = Driver::new(opened, self.shared.pushes.clone(), self.builder.package_rate);
        let client = |live| Client::of_one(self.shared.clone(), live, self.builder.request_timeout);
        let greeted = timeout_at(deadline, self.builder.on_open.run(driver, client)).await;
        greeted.unwrap_or(Err(ConnectError::Timeout))
    }

    /// Ends the client, and all waits for it.
    fn end(&self, reason: &CloseReason) {
        self.shared.set(ConnectionState::Closed(reason.clone()));
        self.shared.live().end(End { reason: reason.clone(), is_last: true });
        self.shared.pushes.end();
    }
}

/// Ends all waits, also when the runtime is dropped with the task in it.
impl Drop for Supervisor {
    fn drop(&mut self) {
        if self.shared.status.borrow().end_reason().is_none() {
            self.end(&CloseReason::lost(&io::Error::other("its task was dropped")));
        }
        self.shared.gone();
    }
}

fn failed(error: ConnectError, attempt: u32) -> CloseReason {
    tracing::debug!(error = %escaped(&error), attempt, "did not connect again");
    error.into_reason()
}

/// A connection that was lost.
struct Loss {
    reason: CloseReason,
    /// Until those who wait for it are told.
    live: Option<Arc<Live>>,
}

impl Loss {
    /// Fails what waits for the connection. The state has changed before, so that nobody
    /// tries it again.
    fn end(&mut self) {
        if let Some(live) = self.live.take() {
            live.end(End { reason: self.reason.clone(), is_last: false });
        }
    }
}

/// The attempts to connect since there was a connection that works.
struct Attempts<'a> {
    policy: &'a Reconnect,
    backoff: Backoff,
    /// The time of the loss.
    since: Instant,
    can_dial: bool,
}

impl<'a> Attempts<'a> {
    fn new(policy: &'a Reconnect, can_dial: bool) -> Self {
        Self { policy, backoff: policy.backoff(), since: Instant::now(), can_dial }
    }

    /// Returns the number of attempts, the one that was planned last included.
    fn made(&self) -> u32 {
        self.backoff.made()
    }

    /// Begins anew if the lost connection worked, and was not just one that opened.
    fn lost(&mut self, opened: Instant) {
        let worked = opened.elapsed() >= self.policy.steady();
        if worked {
            self.backoff.reset();
        }
        if worked || self.made() == 0 {
            self.since = Instant::now();
        }
    }

    /// Returns the wait before the next attempt. `None` if there is none.
    fn next(&mut self, reason: &CloseReason) -> Option<Duration> {
        if !self.can_dial || !self.policy.helps_after(reason) || self.backoff.is_spent() {
            return None;
        }
        let left = self.policy.time_left(self.since.elapsed())?;
        Some(self.backoff.attempt().min(left))
    }
}
