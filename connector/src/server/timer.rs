//! One timer for all sessions of a server.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::session::{Session, Shared};

/// How finely deadlines are kept.
const TICK: Duration = Duration::from_millis(20);

/// Wakes sessions' tasks when their deadlines have passed, up to a tick late.
///
/// A deadline that moves away, as a heartbeat's does all the time, moves
/// nothing here: the entry comes up at its old time, the task sees that there
/// is nothing to do yet, and asks again.
#[derive(Debug)]
pub(crate) struct Timer {
    epoch: Instant,
    entries: Mutex<BTreeMap<u64, Vec<Weak<Shared>>>>,
    earlier: Notify,
}

impl Timer {
    pub(crate) fn new() -> Self {
        Self { epoch: Instant::now(), entries: Mutex::default(), earlier: Notify::new() }
    }

    /// The time, in the form that session machines want.
    pub(crate) fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Wakes the session's task at `deadline` or a little later.
    pub(crate) fn wake_at(&self, deadline: Duration, session: &Session) {
        let tick = tick_of(deadline) + 1;
        if session.0.alarm.load(Ordering::Relaxed) <= tick {
            return;
        }
        session.0.alarm.store(tick, Ordering::Relaxed);
        let mut entries = self.lock();
        let earliest = entries.first_key_value().is_none_or(|(&first, _)| tick < first);
        entries.entry(tick).or_default().push(Arc::downgrade(&session.0));
        drop(entries);
        if earliest {
            self.earlier.notify_one();
        }
    }

    /// Runs until dropped.
    pub(crate) async fn run(&self) {
        loop {
            let first = self.lock().first_key_value().map(|(&tick, _)| tick);
            let Some(first) = first else {
                self.earlier.notified().await;
                continue;
            };
            let due = self.epoch + TICK * u32::try_from(first).unwrap_or(u32::MAX);
            tokio::select! {
                () = sleep_until(due) => self.fire(),
                () = self.earlier.notified() => {}
            }
        }
    }

    fn fire(&self) {
        let now = tick_of(self.now());
        loop {
            let Some(entry) = self
                .lock()
                .first_entry()
                .filter(|entry| *entry.key() <= now)
                .map(|entry| entry.remove_entry())
            else {
                return;
            };
            for session in entry.1.iter().filter_map(Weak::upgrade) {
                // An entry that was overtaken by an earlier one is not meant.
                let meant = session.alarm.compare_exchange(
                    entry.0,
                    u64::MAX,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
                if meant.is_ok() {
                    session.outbox.wake();
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<Weak<Shared>>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tick_of(time: Duration) -> u64 {
    u64::try_from(time.as_millis() / TICK.as_millis()).unwrap_or(u64::MAX - 1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use connector_protocol::framing::Bare;

    use super::*;
    use crate::codec::PomeloCodec;
    use crate::connection::{Encoder, Outbox};
    use crate::link::Batch;
    use crate::session::Registry;
    use crate::{Address, Peer};

    fn session() -> Session {
        let codec = Arc::new(PomeloCodec);
        let encoder = Encoder::new(codec, &Bare, &Bare, Batch::Each);
        let registry = Arc::new(Registry::default());
        let peer = Peer::new("memory", Address::Unnamed);
        let parts = (Outbox::new(1 << 20), encoder);
        Session::new(registry.next_id(), peer, parts, &registry, &Arc::default())
    }

    /// Waits until the session's task would be woken, and says when that was.
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
        let (one, two) = (session(), session());
        timer.wake_at(Duration::from_secs(10), &one);
        timer.wake_at(Duration::from_secs(20), &two);
        // An earlier deadline overtakes, a later one is not even noted.
        timer.wake_at(Duration::from_secs(2), &one);
        timer.wake_at(Duration::from_secs(30), &one);
        for (session, due) in [(&one, 2), (&two, 20)] {
            let (woken, due) = (woken(&timer, session).await, Duration::from_secs(due));
            assert!(woken > due && woken <= due + 2 * TICK, "{woken:?} for {due:?}");
        }
        assert!(timer.lock().is_empty());
    }
}
