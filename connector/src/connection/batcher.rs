//! Packages that wait to leave together.

use std::time::Duration;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;

use crate::link::{Batch, Outgoing};

/// Packages of a session that leave together after an interval, in order.
pub(crate) struct Batcher {
    interval: Duration,
    /// The link's layers around them.
    frame: &'static dyn Envelope,
    batch: Batch,
    packages: Vec<Bytes>,
    len: usize,
    /// The time at which they leave, once the task has seen them.
    due: Option<Duration>,
}

impl Batcher {
    pub(crate) fn new(interval: Duration, frame: &'static dyn Envelope, batch: Batch) -> Self {
        Self { interval, frame, batch, packages: Vec::new(), len: 0, due: None }
    }

    /// Bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a package; `true` for the first of a batch.
    pub(super) fn push(&mut self, package: Bytes) -> bool {
        self.len += package.len();
        self.packages.push(package);
        self.packages.len() == 1
    }

    /// Moves the batch behind what is in `outgoing` if its time has come. Else
    /// that time is returned, if anything waits.
    pub(super) fn take_due(
        &mut self,
        now: Duration,
        outgoing: &mut Outgoing,
    ) -> Result<Option<Duration>, CloseReason> {
        if self.packages.is_empty() {
            return Ok(None);
        }
        let due = *self.due.get_or_insert_with(|| now.saturating_add(self.interval));
        if now < due {
            return Ok(Some(due));
        }
        self.take_all(outgoing)?;
        Ok(None)
    }

    /// Moves the batch behind what is in `outgoing`.
    pub(super) fn take_all(&mut self, outgoing: &mut Outgoing) -> Result<(), CloseReason> {
        self.due = None;
        self.len = 0;
        let packages = std::mem::take(&mut self.packages);
        if packages.is_empty() {
            return Ok(());
        }
        let packages: Vec<&[u8]> = packages.iter().map(|package| &**package).collect();
        self.batch.write(self.frame, &packages, outgoing.buf())
    }

    /// Drops what waits.
    pub(super) fn clear(&mut self) {
        (self.len, self.due) = (0, None);
        self.packages.clear();
    }
}

impl std::fmt::Debug for Batcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batcher")
            .field("interval", &self.interval)
            .field("packages", &self.packages.len())
            .finish_non_exhaustive()
    }
}
