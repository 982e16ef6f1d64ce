//! Handshakes that take long to read, one at a time.

use std::future::poll_fn;
use std::task::Poll;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::runtime::yield_now;

/// A handshake of more bytes is long. Those of most clients have a few hundred.
const LONG: usize = 4 * 1024;

/// The turns of long handshakes. Reading 64 KiB of JSON takes a millisecond or two, and
/// all other sessions of a thread wait for as many as are read in a row.
#[derive(Debug)]
pub(crate) struct LongHandshakes(Semaphore);

impl Default for LongHandshakes {
    fn default() -> Self {
        Self(Semaphore::new(1))
    }
}

impl LongHandshakes {
    /// Waits for the turn of a handshake of this size, which ends when it is dropped. The
    /// others come before a long one: what has arrived for them is handled first.
    pub(crate) async fn turn(&self, size: usize) -> Option<SemaphorePermit<'_>> {
        if size <= LONG {
            return None;
        }
        // It is never closed.
        let permit = self.0.acquire().await.ok();
        let mut yielded = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            yield_now(cx);
            Poll::Pending
        })
        .await;
        permit
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[tokio::test]
    async fn one_long_handshake_is_read_at_a_time() {
        let turns = LongHandshakes::default();
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(turns.turn(LONG).await.is_none(), "a short one needs no turn");
        let first = turns.turn(LONG + 1).await;
        assert!(first.is_some());
        let mut second = pin!(turns.turn(LONG + 1));
        assert!(second.as_mut().poll(cx).is_pending());
        assert!(turns.turn(LONG).await.is_none(), "short ones do not wait for long ones");
        drop(first);
        assert!(second.as_mut().poll(cx).is_pending(), "others come first");
        assert!(second.as_mut().poll(cx).is_ready());
    }
}
