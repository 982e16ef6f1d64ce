//! Batches: packages that leave together.

use std::time::Duration;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;

use crate::link::{Batch, Outgoing};

/// Packages of a session that leave together, in order: all of them when the first has
/// waited as long as it may.
pub(crate) struct Batcher {
    /// The link's frame around the batch.
    frame: &'static dyn Envelope,
    batch: Batch,
    packages: Vec<Bytes>,
    len: usize,
    /// The shortest wait of a package of the batch.
    wait: Option<Duration>,
    /// The shortest wait that the task has seen, and the time at which the batch leaves.
    due: Option<(Duration, Duration)>,
}

impl Batcher {
    pub(crate) fn new(frame: &'static dyn Envelope, batch: Batch) -> Self {
        Self { frame, batch, packages: Vec::new(), len: 0, wait: None, due: None }
    }

    /// Sets the way in which packages are joined.
    pub(super) fn set_batch(&mut self, batch: Batch) {
        self.batch = batch;
    }

    /// Returns the number of waiting bytes.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a package, which may wait so long. Returns `true` if that is shorter than the
    /// waits of the others, so that the task has to see it.
    pub(super) fn push(&mut self, package: Bytes, wait: Duration) -> bool {
        self.len += package.len();
        self.packages.push(package);
        let is_shortest = self.wait.is_none_or(|shortest| wait < shortest);
        if is_shortest {
            self.wait = Some(wait);
        }
        is_shortest
    }

    /// Takes the batch if it is due. Otherwise returns the time at which it is, if any package
    /// waits.
    pub(super) fn take_due(&mut self, now: Duration) -> Result<Joined, Option<Duration>> {
        let Some(wait) = self.wait else { return Err(None) };
        let due = match self.due {
            Some((seen, due)) if seen <= wait => due,
            Some((_, due)) => due.min(now.saturating_add(wait)),
            None => now.saturating_add(wait),
        };
        if now < due {
            self.due = Some((wait, due));
            return Err(Some(due));
        }
        Ok(self.take_all())
    }

    /// Takes the batch.
    pub(super) fn take_all(&mut self) -> Joined {
        let Self { frame, batch, .. } = *self;
        let packages = std::mem::take(&mut self.packages);
        self.clear();
        Joined { frame, batch, packages }
    }

    /// Lets the batch leave as soon as the task looks.
    pub(super) fn hurry(&mut self) {
        if self.wait.is_some() {
            self.wait = Some(Duration::ZERO);
        }
    }

    /// Drops the waiting packages.
    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.wait = None;
        self.due = None;
        self.packages.clear();
    }
}

/// A batch that leaves. It is written by the code of the link's frame, which may be anybody's:
/// not under a lock.
pub(super) struct Joined {
    frame: &'static dyn Envelope,
    batch: Batch,
    packages: Vec<Bytes>,
}

impl Joined {
    /// Appends the batch to `outgoing`.
    pub(super) fn write(self, outgoing: &mut Outgoing) -> Result<(), CloseReason> {
        if self.packages.is_empty() {
            return Ok(());
        }
        let packages: Vec<&[u8]> = self.packages.iter().map(|package| &**package).collect();
        self.batch.write(self.frame, &packages, outgoing.buf())
    }
}

impl std::fmt::Debug for Batcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batcher")
            .field("wait", &self.wait)
            .field("packages", &self.packages.len())
            .finish_non_exhaustive()
    }
}
