//! State that few connections have at a time.

use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::Machine;

use super::held::{FAIR, overloaded};
use super::io::Connection;
use super::side::Side;
use crate::limits::{HeldInAll, HeldPart};

/// The time in which the bytes of a package that arrives are counted.
const WINDOW: Duration = Duration::from_secs(10);

/// State that few connections have at a time, boxed so that the others do not pay for it.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// The end of what arrives, while not all that came before it is handled.
    pub(super) ended: Option<CloseReason>,
    /// The package whose start has arrived.
    transfer: Option<Transfer>,
    /// The time of the next heartbeat, while packages wait.
    pub(super) beat: Option<Duration>,
    /// The time of the next sign of life of the link's own, while nothing is read.
    pub(super) sign: Option<Duration>,
    /// The time at which the link is asked next whether its peer has left, while nothing is
    /// read.
    pub(super) look: Option<Duration>,
    /// What is counted for the limit of all connections.
    pub(super) held: Option<HeldPart<Arc<HeldInAll>>>,
}

/// A package that is arriving, during the current window.
#[derive(Debug)]
struct Transfer {
    since: Duration,
    received: usize,
}

impl Rare {
    pub(super) fn is_empty(&self) -> bool {
        let Self { ended, transfer, beat, sign, look, held } = self;
        let is_silent = beat.is_none() && sign.is_none() && look.is_none();
        is_silent && ended.is_none() && transfer.is_none() && held.is_none()
    }
}

impl<M: Machine> Connection<M> {
    #[cfg(test)]
    pub(super) fn has_rare(&self) -> bool {
        self.rare.is_some()
    }

    /// Takes the end of what has arrived.
    pub(super) fn take_end(&mut self) -> Option<CloseReason> {
        self.rare.as_mut()?.ended.take()
    }

    /// Counts what was read. The start of a package is a sign of life: heartbeats cannot
    /// overtake the rest of it.
    #[inline]
    pub(super) fn count_read(&mut self, bytes: usize, now: Duration) {
        if self.all_is_life || self.inbox.has_begun() {
            self.machine.restart_idle_timer(now);
        }
        if let Some(rare) = &mut self.rare {
            let unfinished = rare.transfer.take().filter(|_| self.inbox.is_empty());
            rare.transfer = unfinished.map(|transfer| Transfer {
                received: transfer.received.saturating_add(bytes),
                ..transfer
            });
        }
    }

    /// Looks at the package whose start has arrived, now that all is read and handled.
    #[cold]
    pub(super) fn check_transfer<S: Side>(
        &mut self,
        side: &mut S,
        now: Duration,
    ) -> Result<(), CloseReason> {
        let begun = self.inbox.has_begun() && side.package_rate() > 0;
        let rare = self.rare.get_or_insert_default();
        (rare.beat, rare.sign, rare.look) = (None, None, None);
        match &rare.transfer {
            Some(transfer) if begun => {
                if now < transfer.since.saturating_add(WINDOW) {
                    return Ok(());
                }
                let received = transfer.received;
                let expected = side.package_rate().saturating_mul(WINDOW.as_secs() as usize);
                if received < expected {
                    side.slow_package(received, expected)?;
                }
                if let Some(limit) = &self.held_limit
                    && limit.is_near()
                    && self.inbox.begun() > FAIR
                {
                    return Err(overloaded(limit, self.inbox.begun()));
                }
                rare.transfer = Some(Transfer { since: now, received: 0 });
            }
            None if begun => rare.transfer = Some(Transfer { since: now, received: 0 }),
            _ => rare.transfer = None,
        }
        if rare.is_empty() {
            self.rare = None;
        }
        Ok(())
    }

    /// Forgets how long a package has been arriving, since nothing is read.
    pub(super) fn pause_transfer(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.transfer = None;
        }
    }

    /// The time at which the package that is arriving has to be judged.
    pub(super) fn transfer_deadline(&self) -> Option<Duration> {
        let transfer = self.rare.as_ref()?.transfer.as_ref()?;
        Some(transfer.since.saturating_add(WINDOW))
    }
}
