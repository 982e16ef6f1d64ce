//! Signs of life from the other end of a silent connection.

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::session::{BareSession, Event, Machine, PackageWriter};

/// The pings in a row that a peer may leave without an answer. A program that computes for a
/// long time, as a compiler does, answers none meanwhile.
const UNANSWERED: u32 = 3;

/// The session machine of messages, a [`BareSession`] that has a peer pinged which is silent
/// for too long.
#[derive(Debug)]
pub(super) struct Liveness {
    /// The silence after which a peer is pinged, unless nothing can be.
    interval: Option<Duration>,
    /// The time of the last byte, or of the last ping.
    since: Duration,
    pings: u32,
    /// The link is to be pinged.
    is_wanted: bool,
}

impl Liveness {
    /// Creates the machine of a connection that pings after so long a silence. Zero is never.
    pub(super) fn new(interval: Duration) -> Self {
        let interval = Some(interval).filter(|interval| !interval.is_zero());
        Self { interval, since: Duration::ZERO, pings: 0, is_wanted: false }
    }

    /// Returns `true` once if the link is to be pinged.
    pub(super) fn takes_ping(&mut self) -> bool {
        std::mem::take(&mut self.is_wanted)
    }

    /// Judges nobody from now on, since the link has no pings.
    pub(super) fn give_up(&mut self) {
        self.interval = None;
    }
}

impl Machine for Liveness {
    fn start(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        self.restart_idle_timer(now);
        BareSession.start(now, out)
    }

    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        BareSession.handle(input, now, out)
    }

    fn deadline(&self) -> Option<Duration> {
        self.since.checked_add(self.interval?)
    }

    fn tick(&mut self, now: Duration, _: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        if self.pings == UNANSWERED {
            return Err(CloseReason::HeartbeatTimeout);
        }
        self.pings += 1;
        self.since = now;
        self.is_wanted = true;
        Ok(())
    }

    fn restart_idle_timer(&mut self, now: Duration) {
        self.since = now;
        self.pings = 0;
    }

    fn envelope(&self) -> &'static dyn Envelope {
        BareSession.envelope()
    }
}
