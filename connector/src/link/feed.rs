//! Messages that a library hands over by callbacks.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use bytes::Bytes;
use connector_protocol::CloseReason;
use tokio::sync::Notify;

use super::{AsyncReceiver, Buffer};

/// The entrance of a link for a library that calls back with each message, as socket.io's
/// do. Its other end is a [`Fed`], the receiving half of the link.
///
/// Clones feed the same link. What waits is bounded, since such a library does not stop
/// reading: a peer for which more waits is ended by [`Feed::push`], and held up by
/// [`Feed::send`].
///
/// ```
/// use connector::CloseReason;
/// use connector::link::{AsyncLink, AsyncSender, Fed, Feed, Inbox, Link, Linked, Opening};
/// use connector::{Address, Peer};
///
/// /// A connection of a library that calls back.
/// # #[derive(Clone)]
/// struct LibrarySocket;
/// # impl LibrarySocket {
/// #     fn on_message(&self, callback: impl Fn(String) + Send + 'static) { callback("hello".into()) }
/// #     fn emit(&self, _: String) {}
/// #     fn disconnect(&self) {}
/// # }
///
/// struct Called(LibrarySocket);
///
/// impl AsyncLink for Called {
///     type Sender = Calls;
///     type Receiver = Fed;
///
///     async fn open(self, _: usize) -> Result<(Calls, Fed), CloseReason> {
///         let (feed, fed) = Feed::new();
///         // The callback owns the feed: when the library drops it, the link ends.
///         self.0.on_message(move |text| _ = feed.push(text));
///         Ok((Calls(self.0), fed))
///     }
/// }
///
/// struct Calls(LibrarySocket);
///
/// impl AsyncSender for Calls {
///     type Buffer = String;
///
///     async fn send(&mut self, text: String) -> Result<(), CloseReason> {
///         self.0.emit(text);
///         Ok(())
///     }
///
///     async fn close(&mut self, _: CloseReason) {
///         self.0.disconnect();
///     }
/// }
///
/// /// The library keeps its socket for as long as nobody disconnects it.
/// impl Drop for Calls {
///     fn drop(&mut self) {
///         self.0.disconnect();
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), CloseReason> {
/// let mut link: Linked<Called> = Linked::new(Called(LibrarySocket));
/// let mut inbox = Inbox::new(1024);
/// let mut peer = Peer::new("library", Address::Unnamed);
/// link.open(&mut Opening::new(&mut inbox, &mut peer)).await?;
/// assert_eq!(link.recv(&mut inbox).await?, b"hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Feed(Arc<Entrance>);

/// The receiving half of a link that a [`Feed`] feeds.
pub struct Fed(Arc<Shared>);

/// Limits on what may wait in a [`Feed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedLimits {
    /// The most messages. Default: 256.
    pub messages: usize,
    /// The most bytes. A single message may be longer, which the limit on packages then
    /// judges. Default: 1 MiB.
    pub bytes: usize,
}

/// The error of a message that a [`Feed`] does not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The link has ended.
    #[error("the link has ended")]
    Ended,
    /// More waits than the limits allow. The link ends for that.
    #[error("{messages} messages of {bytes} bytes wait to be received, which ends the link")]
    Full {
        /// Messages that wait.
        messages: usize,
        /// Bytes that wait.
        bytes: usize,
    },
}

/// The last clone's share: the link ends when it is dropped.
struct Entrance(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    limits: FeedLimits,
    /// The task that receives.
    receiver: AtomicWaker,
    /// Notified when there is room, or at the end.
    room: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Bytes>,
    bytes: usize,
    /// The end of the link behind what waits.
    ended: Option<CloseReason>,
    /// Nobody receives any more.
    gone: bool,
}

impl Default for FeedLimits {
    fn default() -> Self {
        Self { messages: 256, bytes: 1 << 20 }
    }
}

impl Feed {
    /// Creates both ends, with the default limits.
    pub fn new() -> (Self, Fed) {
        Self::with_limits(FeedLimits::default())
    }

    /// Creates both ends.
    pub fn with_limits(limits: FeedLimits) -> (Self, Fed) {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            limits,
            receiver: AtomicWaker::new(),
            room: Notify::new(),
        });
        (Self(Arc::new(Entrance(shared.clone()))), Fed(shared))
    }

    /// Hands a message over, for callbacks that cannot wait.
    ///
    /// # Errors
    /// Returns [`FeedError::Full`] if too much waits already, which ends the link behind
    /// that, and [`FeedError::Ended`] if the link has ended.
    pub fn push(&self, message: impl Buffer) -> Result<(), FeedError> {
        let message = message.into_package();
        let mut state = self.shared().lock();
        let put = state.put(message, self.shared().limits);
        if let Err((FeedError::Full { messages, bytes }, _)) = put {
            let flood = format!("{messages} messages of {bytes} bytes wait to be handled");
            state.ended = Some(CloseReason::Malformed(flood));
        }
        drop(state);
        self.shared().receiver.wake();
        if put.is_err() {
            self.shared().room.notify_waiters();
        }
        put.map_err(|(error, _)| error)
    }

    /// Hands a message over, and waits while too much waits already.
    ///
    /// # Errors
    /// Returns [`FeedError::Ended`] if the link has ended.
    ///
    /// # Cancel safety
    /// If the future is dropped, the message is not handed over.
    pub async fn send(&self, message: impl Buffer) -> Result<(), FeedError> {
        let shared = self.shared();
        let mut message = message.into_package();
        loop {
            let mut room = std::pin::pin!(shared.room.notified());
            // Registered before the check, so that room in between is noticed.
            room.as_mut().enable();
            let put = shared.lock().put(message, shared.limits);
            match put {
                Ok(()) => break,
                Err((FeedError::Full { .. }, rejected)) => message = rejected,
                Err((ended, _)) => return Err(ended),
            }
            room.await;
        }
        shared.receiver.wake();
        Ok(())
    }

    /// Ends the link for this reason, after the messages that wait:
    /// [`CloseReason::PeerClosed`] is the regular end, which dropping all feeds brings too.
    pub fn end(&self, reason: CloseReason) {
        self.shared().end(reason);
    }

    /// Returns whether the link has ended, so that messages are not received any more.
    pub fn is_ended(&self) -> bool {
        let state = self.shared().lock();
        state.gone || state.ended.is_some()
    }

    /// Waits until the link has ended.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn ended(&self) {
        loop {
            let mut changed = std::pin::pin!(self.shared().room.notified());
            changed.as_mut().enable();
            if self.is_ended() {
                return;
            }
            changed.await;
        }
    }

    fn shared(&self) -> &Shared {
        &self.0.0
    }
}

impl AsyncReceiver for Fed {
    type Buffer = Bytes;

    async fn recv(&mut self) -> Option<Result<Bytes, CloseReason>> {
        poll_fn(|cx| self.0.poll_next(cx)).await
    }
}

impl Shared {
    fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, CloseReason>>> {
        // Registered before the check, so that a message in between wakes the task.
        self.receiver.register(cx.waker());
        let mut state = self.lock();
        if let Some(message) = state.waiting.pop_front() {
            state.bytes -= message.len();
            drop(state);
            self.room.notify_waiters();
            return Poll::Ready(Some(Ok(message)));
        }
        match &state.ended {
            None => Poll::Pending,
            Some(CloseReason::PeerClosed) => Poll::Ready(None),
            Some(reason) => Poll::Ready(Some(Err(reason.clone()))),
        }
    }

    fn end(&self, reason: CloseReason) {
        self.lock().ended.get_or_insert(reason);
        self.receiver.wake();
        self.room.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct(name)
            .field("waiting", &state.waiting.len())
            .field("bytes", &state.bytes)
            .field("ended", &state.ended)
            .finish()
    }
}

impl State {
    fn put(&mut self, message: Bytes, limits: FeedLimits) -> Result<(), (FeedError, Bytes)> {
        if self.gone || self.ended.is_some() {
            return Err((FeedError::Ended, message));
        }
        let (messages, bytes) = (self.waiting.len(), self.bytes);
        let fits =
            messages < limits.messages && bytes.saturating_add(message.len()) <= limits.bytes;
        if !fits && messages > 0 {
            return Err((FeedError::Full { messages, bytes }, message));
        }
        self.bytes += message.len();
        self.waiting.push_back(message);
        Ok(())
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.0.end(CloseReason::PeerClosed);
    }
}

impl Drop for Fed {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.0.lock();
            state.gone = true;
            state.bytes = 0;
            std::mem::take(&mut state.waiting)
        };
        drop(waiting);
        self.0.room.notify_waiters();
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared().fmt_as("Feed", f)
    }
}

impl fmt::Debug for Fed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("Fed", f)
    }
}
