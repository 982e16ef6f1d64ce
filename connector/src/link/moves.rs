//! Peers that change their address while they are connected.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;

use crate::connector::Address;

/// The later addresses of a peer that may change its own while it is connected, as over QUIC.
/// Its link tells them, and who counts connections by address waits for them. Clones are of the
/// same peer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moves(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    latest: Mutex<Option<Address>>,
    watcher: AtomicWaker,
}

impl Moves {
    /// Tells the peer's new address.
    #[cfg(any(feature = "quic", test))]
    pub(crate) fn tell(&self, address: Address) {
        *self.0.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(address);
        self.0.watcher.wake();
    }

    /// Waits for a new address. Of several in a row the last one counts.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Address> {
        // Registered before the check, so that one in between wakes the task.
        self.0.watcher.register(cx.waker());
        let latest = self.0.latest.lock().unwrap_or_else(PoisonError::into_inner).take();
        latest.map_or(Poll::Pending, Poll::Ready)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn the_last_address_is_told_once() {
        let moves = Moves::default();
        let name = |name: &str| Address::Name(name.to_owned());
        let waiting = moves.clone();
        let waiting = tokio::spawn(async move { poll_fn(|cx| waiting.poll(cx)).await });
        tokio::task::yield_now().await;
        moves.tell(name("first"));
        assert_eq!(waiting.await.unwrap(), name("first"));
        moves.tell(name("second"));
        moves.tell(name("third"));
        assert_eq!(poll_fn(|cx| moves.poll(cx)).await, name("third"));
        assert_eq!(poll_fn(|cx| moves.poll(cx)).now_or_never(), None);
    }
}
