//! Batches: packages that leave together.

use std::time::Duration;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;

use crate::link::{Batch, Outgoing};

/// Packages of a session that leave together after an interval, in order.
pub(crate) struct Batcher {
    interval: Duration,
    /// The link's frame around the batch.
    frame: &'static dyn Envelope,
    batch: Batch,
    packages: Vec<Bytes>,
    len: usize,
    /// The time at which the batch leaves, set once the task has seen it.
    due: Option<Duration>,
}

impl Batcher {
    pub(crate) fn new(interval: Duration, frame: &'static dyn Envelope, batch: Batch) -> Self {
        Self { interval, frame, batch, packages: Vec::new(), len: 0, due: None }
    }

    /// Returns the number of waiting bytes.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a package. Returns `true` for the first of a batch.
    pub(super) fn push(&mut self, package: Bytes) -> bool {
        self.len += package.len();
        self.packages.push(package);
        self.packages.len() == 1
    }

    /// Moves the batch to the end of `outgoing` if it is due. Otherwise returns the time at
    /// which it is, if any package waits.
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

    /// Moves the batch to the end of `outgoing`.
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

    /// Drops the waiting packages.
    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.due = None;
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
