//! Messages that leave in batches.

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::text::escaped;

use super::{Outbox, saturated};
use crate::connection::UNSENT;
use crate::link::{Batch, Outgoing};
use crate::push::Scheduled;
use crate::runtime::sync::atomic::Ordering;

impl Outbox {
    /// Returns how long a message may wait for others to leave with.
    pub(crate) fn wait(&self, message: Scheduled<'_>) -> Duration {
        self.schedule.as_ref().map_or(Duration::ZERO, |schedule| schedule.wait(message))
    }

    /// Sets the way in which the messages of a batch are joined.
    pub(crate) fn set_batch(&self, batch: Batch) {
        if let Some(batcher) = &mut self.lock().batcher {
            batcher.set_batch(batch);
        }
    }

    /// Moves the batch to the end of the outgoing bytes if it is due. Otherwise returns the
    /// time at which it is, if any message waits.
    pub(crate) fn take_due(
        &self,
        now: Duration,
        outgoing: &mut Outgoing,
    ) -> Result<Option<Duration>, CloseReason> {
        let due = {
            let mut state = self.lock();
            self.allow_answer(&mut state, outgoing.len());
            let Some(batcher) = &mut state.batcher else { return Ok(None) };
            batcher.take_due(now)
        };
        let (written, due) = match due {
            Ok(batch) => (batch.write(outgoing), None),
            Err(due) => (Ok(()), due),
        };
        self.unsent.store(saturated(outgoing.len()), Ordering::Relaxed);
        written.map(|()| due)
    }

    /// Moves an answer into the batch, in order with pushes, also behind an order to end: the
    /// outgoing bytes from `start`, counted in their buffer. A long batch moves to the end of
    /// the outgoing bytes before it is due, so that what is unsent holds up calls as it does
    /// without batches. `route` is that of the request.
    #[cold]
    pub(crate) fn put_answer(&self, outgoing: &mut Outgoing, start: usize, route: &str) {
        // The application's function is not called under the lock.
        let wait = self.wait(Scheduled::answer(route));
        let answer = outgoing.buf().split_off(start);
        let batch = {
            let mut state = self.lock();
            let queued = self.queued(&state);
            self.allow_long(&mut state, answer.len(), queued);
            let Some(batcher) = &mut state.batcher else { return };
            if answer.is_empty() {
                return;
            }
            batcher.push(answer.into(), wait);
            if batcher.len() <= UNSENT {
                return;
            }
            batcher.take_all()
        };
        let written = batch.write(outgoing);
        self.unsent.store(saturated(outgoing.len()), Ordering::Relaxed);
        if let Err(reason) = written {
            self.lock().fail(reason);
            self.has_new.store(true, Ordering::Release);
        }
    }

    /// Moves the last batch to the end of the outgoing bytes before it is due.
    pub(crate) fn take_batch(&self, outgoing: &mut Outgoing) {
        if !self.batches() {
            return;
        }
        let batch = self.lock().take_batch();
        if let Some(batch) = batch
            && let Err(reason) = batch.write(outgoing)
        {
            tracing::debug!(reason = %escaped(&reason), "the last batch could not be written");
        }
    }
}
