//! The heartbeats of a session.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::socketio::Open;

use crate::runtime::{GRACE, Instant, Sleep, poll_alarm, sleep_until};

/// The clock of a session: when this side pings, and when the peer was silent for too long.
#[derive(Debug)]
pub(super) struct Pulse {
    /// The time between two pings.
    interval: Duration,
    /// The time beyond that in which a silent peer has to answer.
    patience: Duration,
    /// The next ping, of the side that sends them.
    next: Option<Instant>,
    /// The ping whose answer is waited for.
    pinged: Option<Instant>,
    /// The last sign of life.
    last: Instant,
    /// The end of the grace, from when the peer's silence was seen to be too long: see [`GRACE`].
    judgement: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Ping,
    /// The peer has not answered, or not pinged.
    End,
}

impl Pulse {
    /// Starts the clock of the side that sends pings, or of the other, with the times that the
    /// server has announced, which have an end.
    pub(super) fn new(announced: &Open, sends_pings: bool) -> Self {
        let now = Instant::now();
        let interval = announced.interval();
        let next = now + interval;
        Self {
            interval,
            patience: announced.timeout(),
            next: sends_pings.then_some(next),
            pinged: None,
            last: now,
            judgement: None,
            alarm: Box::pin(sleep_until(next)),
        }
    }

    /// Starts the clock of a peer that may be silent for this time, and is not pinged.
    pub(super) fn of_silence(patience: Duration) -> Self {
        let now = Instant::now();
        Self {
            interval: Duration::ZERO,
            patience,
            next: None,
            pinged: None,
            last: now,
            judgement: None,
            alarm: Box::pin(sleep_until(now + patience)),
        }
    }

    /// Gives the peer at least this time to answer.
    pub(super) fn with_patience_of(mut self, least: Duration) -> Self {
        self.patience = self.patience.max(least);
        self
    }

    /// Notes a sign of life.
    pub(super) fn heard(&mut self) {
        self.last = Instant::now();
        self.pinged = None;
        self.judgement = None;
    }

    /// Notes that nothing of the peer is read, so that its silence does not count. Returns
    /// whether it is time for a sign of life: a ping, or an answer to one that is not read.
    pub(super) fn beat(&mut self) -> bool {
        let now = Instant::now();
        (self.pinged, self.judgement) = (None, None);
        // The ping may have come since the last one was read.
        let due = self.next.unwrap_or(self.last + self.interval / 2);
        if now < due {
            return false;
        }
        self.last = now;
        self.next = self.next.map(|_| now + self.interval);
        true
    }

    /// Waits until something is due.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        loop {
            let end = self.judgement.unwrap_or_else(|| self.silent_at());
            let deadline = self.next.map_or(end, |next| next.min(end));
            ready!(poll_alarm(self.alarm.as_mut(), deadline, cx));
            let now = Instant::now();
            if now >= end {
                if self.judgement.is_some() {
                    return Poll::Ready(Due::End);
                }
                self.judgement = Some(now + GRACE);
            }
            if self.next.is_some_and(|next| now >= next) {
                self.next = Some(now + self.interval);
                self.pinged.get_or_insert(now);
                return Poll::Ready(Due::Ping);
            }
        }
    }

    /// The time at which the peer was silent for too long.
    fn silent_at(&self) -> Instant {
        match (self.next, self.pinged) {
            (None, _) => self.last + self.interval + self.patience,
            (Some(_), Some(pinged)) => pinged + self.patience,
            (Some(next), None) => next + self.patience,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// A pulse whose server gives the other side 20 seconds to answer.
    fn pulse(interval: u64, sends_pings: bool) -> Pulse {
        let announced = Open {
            sid: String::new(),
            upgrades: Vec::new(),
            ping_interval: interval * 1000,
            ping_timeout: 20_000,
            max_payload: None,
        };
        Pulse::new(&announced, sends_pings)
    }

    async fn due(pulse: &mut Pulse) -> Due {
        poll_fn(|cx| pulse.poll(cx)).await
    }

    #[tokio::test(start_paused = true)]
    async fn pings_leave_at_their_interval_and_want_an_answer() {
        let start = Instant::now();
        let mut pulse = pulse(25, true);
        for ping in 1..=3 {
            assert_eq!(due(&mut pulse).await, Due::Ping);
            assert_eq!(start.elapsed().as_secs(), 25 * ping);
            pulse.heard();
        }
        assert_eq!(due(&mut pulse).await, Due::Ping);
        assert_eq!(due(&mut pulse).await, Due::End);
        assert_eq!(start.elapsed().as_secs(), 25 * 4 + 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_ping_that_nobody_answers_is_not_forgiven_for_the_next() {
        let start = Instant::now();
        let mut pulse = pulse(5, true);
        for _ in 0..4 {
            assert_eq!(due(&mut pulse).await, Due::Ping);
        }
        assert_eq!(due(&mut pulse).await, Due::Ping, "at 25, the time of the judgement");
        assert_eq!(due(&mut pulse).await, Due::End);
        assert_eq!(start.elapsed().as_secs(), 25);
    }

    #[tokio::test(start_paused = true)]
    async fn the_other_side_waits_for_pings() {
        let start = Instant::now();
        let mut pulse = pulse(25, false);
        tokio::time::advance(Duration::from_secs(30)).await;
        pulse.heard();
        assert_eq!(due(&mut pulse).await, Due::End);
        assert_eq!(start.elapsed().as_secs(), 30 + 45);
    }

    #[tokio::test(start_paused = true)]
    async fn a_side_that_does_not_read_gives_signs_of_life_and_does_not_judge() {
        for (sends_pings, beats) in [(true, 4), (false, 9)] {
            let mut pulse = pulse(25, sends_pings);
            let mut seen = 0;
            for _ in 0..120 {
                tokio::time::advance(Duration::from_secs(1)).await;
                seen += i32::from(pulse.beat());
            }
            assert_eq!(seen, beats);
            let start = Instant::now();
            while due(&mut pulse).await == Due::Ping {}
            // A ping in 5 s and 20 s for its answer, or 45 s from the last beat, 3 s ago.
            assert_eq!(start.elapsed().as_secs(), if sends_pings { 25 } else { 42 });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_of_life_in_the_grace_counts() {
        let mut pulse = pulse(25, false);
        tokio::time::advance(Duration::from_secs(100)).await;
        let waits = poll_fn(|cx| Poll::Ready(pulse.poll(cx).is_pending())).await;
        assert!(waits, "it was seen for the first time");
        pulse.heard();
        let start = Instant::now();
        assert_eq!(due(&mut pulse).await, Due::End);
        assert_eq!(start.elapsed().as_secs(), 45);
    }
}
