//! One timer for all sessions of a server.

#[cfg(all(test, connector_loom))]
mod models;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use crate::runtime::sync::atomic::Ordering;
use crate::runtime::sync::{Mutex, MutexGuard};
use crate::runtime::{Instant, sleep_until};
use crate::session::{Session, Shared};

/// The resolution of deadlines.
const TICK: Duration = Duration::from_millis(20);

/// Wakes sessions' tasks when their deadlines have passed, up to a tick late.
///
/// A deadline that moves to a later time, as a heartbeat's does with every package, leaves
/// its entry as it is: the task is woken at the old time, sees that nothing is due, and
/// calls [`Timer::wake_at`] again.
#[derive(Debug)]
pub(crate) struct Timer {
    epoch: Instant,
    /// At most one a session, under its tick.
    entries: Mutex<Entries>,
    earlier: Notify,
}

type Entries = BTreeMap<u64, Vec<Weak<Shared>>>;

impl Timer {
    pub(crate) fn new() -> Self {
        Self { epoch: Instant::now(), entries: Mutex::default(), earlier: Notify::new() }
    }

    /// Returns the time since the timer's start, the clock of session machines.
    pub(crate) fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Wakes the session's task at `deadline` or a little later.
    pub(crate) fn wake_at(&self, deadline: Duration, session: &Session) {
        let tick = tick_of(deadline).saturating_add(1);
        if session.0.alarm.load(Ordering::Relaxed) <= tick {
            return;
        }
        // The timer may have fired meanwhile.
        let alarm = session.0.alarm.swap(tick, Ordering::Relaxed);
        let mut entries = self.lock();
        remove(&mut entries, alarm, session);
        let earliest = entries.first_key_value().is_none_or(|(&first, _)| tick < first);
        entries.entry(tick).or_default().push(Arc::downgrade(&session.0));
        drop(entries);
        if earliest {
            self.earlier.notify_one();
        }
    }

    /// Removes the entry of a session that has ended, so that its memory is freed at once.
    pub(crate) fn forget(&self, session: &Session) {
        let alarm = session.0.alarm.swap(u64::MAX, Ordering::Relaxed);
        remove(&mut self.lock(), alarm, session);
    }

    /// Runs until dropped.
    pub(crate) async fn run(&self) {
        loop {
            let due = self.first().and_then(|tick| self.epoch.checked_add(time_of(tick)?));
            // Without an entry, or with one beyond the clock's range, wait for another.
            let Some(due) = due else {
                self.earlier.notified().await;
                continue;
            };
            tokio::select! {
                () = sleep_until(due) => self.fire(tick_of(self.now())),
                () = self.earlier.notified() => {}
            }
        }
    }

    /// Returns the first tick that has an entry.
    fn first(&self) -> Option<u64> {
        self.lock().first_key_value().map(|(&tick, _)| tick)
    }

    /// Wakes the tasks of all ticks up to `now`.
    fn fire(&self, now: u64) {
        loop {
            let Some((tick, sessions)) = self
                .lock()
                .first_entry()
                .filter(|entry| *entry.key() <= now)
                .map(|entry| entry.remove_entry())
            else {
                return;
            };
            for session in sessions.iter().filter_map(Weak::upgrade) {
                // An entry that was overtaken by an earlier one is not meant.
                let order = Ordering::Relaxed;
                if session.alarm.compare_exchange(tick, u64::MAX, order, order).is_ok() {
                    session.outbox.wake();
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the session's entry out from under a tick. Few share one.
fn remove(entries: &mut Entries, tick: u64, session: &Session) {
    let Some(sessions) = entries.get_mut(&tick) else { return };
    let own = |entry: &Weak<Shared>| entry.as_ptr() == Arc::as_ptr(&session.0);
    if let Some(at) = sessions.iter().position(own) {
        sessions.swap_remove(at);
    }
    if sessions.is_empty() {
        entries.remove(&tick);
    }
}

/// The time at which a tick begins.
fn time_of(tick: u64) -> Option<Duration> {
    let millis = u128::from(tick) * TICK.as_millis();
    u64::try_from(millis).ok().map(Duration::from_millis)
}

fn tick_of(time: Duration) -> u64 {
    let tick = TICK.as_millis() as u64;
    let ticks = time.as_secs().saturating_mul(1_000 / tick);
    ticks.saturating_add(u64::from(time.subsec_millis()) / tick).min(u64::MAX - 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use connector_protocol::framing::Bare;

    use super::*;
    use crate::codec::PomeloCodec;
    use crate::connection::{Encoder, Outbox};
    use crate::link::Batch;
    use crate::session::{Registry, SessionId};
    use crate::{Address, Peer};

    pub(super) fn session() -> Session {
        let codec = Arc::new(PomeloCodec);
        let encoder = Encoder::new(codec, &Bare, &Bare, Batch::Each);
        let registry = Arc::new(Registry::default());
        let peer = Peer::new("memory", Address::Unnamed);
        let parts = (Outbox::new(1 << 20), encoder);
        Session::new(SessionId::next(), peer, parts, &registry, &Arc::default())
    }

    /// Waits until the session's task would be woken, and returns the time.
    async fn woken(timer: &Timer, session: &Session) -> Duration {
        let mut registered = false;
        std::future::poll_fn(|cx| {
            if std::mem::replace(&mut registered, true) {
                return std::task::Poll::Ready(());
            }
            session.0.outbox.register(cx.waker());
            std::task::Poll::Pending
        })
        .await;
        timer.now()
    }

    #[tokio::test(start_paused = true)]
    async fn wakes_at_the_earliest_deadline_and_not_before() {
        let timer = Arc::new(Timer::new());
        let running = timer.clone();
        tokio::spawn(async move { running.run().await });
        let one = session();
        let two = session();
        timer.wake_at(Duration::from_secs(10), &one);
        timer.wake_at(Duration::from_secs(20), &two);
        // An earlier deadline overtakes, a later one is not even noted.
        timer.wake_at(Duration::from_secs(2), &one);
        timer.wake_at(Duration::from_secs(30), &one);
        for (session, due) in [(&one, 2), (&two, 20)] {
            let woken = woken(&timer, session).await;
            let due = Duration::from_secs(due);
            assert!(woken > due && woken <= due + 2 * TICK, "{woken:?} for {due:?}");
        }
        assert!(timer.lock().is_empty());
    }

    #[test]
    fn a_gone_session_holds_no_memory() {
        let timer = Timer::new();
        let gone = session();
        timer.wake_at(Duration::from_secs(3600), &gone);
        let shared = Arc::downgrade(&gone.0);
        timer.forget(&gone);
        drop(gone);
        assert_eq!((shared.strong_count(), Weak::weak_count(&shared)), (0, 0), "it is freed");
        assert!(timer.lock().is_empty());
    }

    #[test]
    fn ticks_reach_beyond_years() {
        let years = Duration::from_secs(5 * 365 * 24 * 3600);
        assert_eq!(time_of(tick_of(years)), Some(years));
        assert_eq!(time_of(tick_of(Duration::MAX)), None);
    }
}
