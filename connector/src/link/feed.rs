//! Messages that a library hands over by callbacks.

pub(crate) mod queue;
#[cfg(test)]
mod tests;

use std::future::poll_fn;

use bytes::Bytes;
use connector_protocol::CloseReason;

use self::queue::{Entrance, Exit, queue};
use super::{AsyncReceiver, Buffer};
use crate::MaybeSend;

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
#[derive(Clone, Debug)]
pub struct Feed(Entrance<Bytes>);

/// The receiving half of a link that a [`Feed`] feeds.
#[derive(Debug)]
pub struct Fed(Exit<Bytes>);

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
        let (entrance, exit) = queue(limits);
        (Self(entrance), Fed(exit))
    }

    /// Hands a message over, for callbacks that cannot wait.
    ///
    /// # Errors
    /// Returns [`FeedError::Full`] if too much waits already, which ends the link behind
    /// that, and [`FeedError::Ended`] if the link has ended.
    pub fn push(&self, message: impl Buffer) -> Result<(), FeedError> {
        self.0.push(message.into_package())
    }

    /// Hands a message over, and waits while too much waits already.
    ///
    /// # Errors
    /// Returns [`FeedError::Ended`] if the link has ended.
    ///
    /// # Cancel safety
    /// If the future is dropped, the message is not handed over.
    pub async fn send(&self, message: impl Buffer) -> Result<(), FeedError> {
        self.0.send(message.into_package()).await
    }

    /// Ends the link for this reason, after the messages that wait:
    /// [`CloseReason::PeerClosed`] is the regular end, which dropping all feeds brings too.
    pub fn end(&self, reason: CloseReason) {
        self.0.end(reason);
    }

    /// Returns whether the link has ended, so that messages are not received any more.
    pub fn is_ended(&self) -> bool {
        self.0.is_ended()
    }

    /// Waits until the link has ended.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn ended(&self) {
        self.0.ended().await;
    }
}

impl AsyncReceiver for Fed {
    type Buffer = Bytes;

    fn watch_peer(&self) -> impl Fn() -> bool + MaybeSend + 'static {
        self.0.watch_end()
    }

    async fn recv(&mut self) -> Option<Result<Bytes, CloseReason>> {
        match poll_fn(|cx| self.0.poll_next(cx)).await {
            Err(CloseReason::PeerClosed) => None,
            received => Some(received),
        }
    }
}
