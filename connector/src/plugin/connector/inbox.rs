//! Connections of libraries that call back with each message.

use std::fmt;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::Message;

use crate::MaybeSend;
use crate::link::queue::{Entrance, Exit, Weigh, queue};
use crate::link::{FeedError, FeedLimits};
use crate::plugin::{MessageIo, MessageLink};

/// The most bytes of messages that wait, beside a single one: some of the longest ones.
const BYTES: usize = 64 << 20;

/// Creates an inbox for at most `capacity` messages that wait: the half that a library's
/// callback puts messages into, which is Remix's `on(cb)` and `getMessage`, and the half that
/// becomes a connector.
///
/// A library that calls back does not stop reading, so a peer for which more messages wait,
/// or more than 64 MiB, is closed. The inbox ends, and with it the connection, when
/// [`Incoming::close`] is called, or when the library has dropped its callbacks. When the
/// connection ends first, the library's socket is told so by [`MessageSender::disconnect`].
/// So neither of the two keeps the other one.
///
/// ```
/// # #[derive(Clone)]
/// # struct LibrarySocket;
/// # impl LibrarySocket {
/// #     fn on_message(&self, callback: impl Fn(Message) + Send + 'static) {}
/// #     fn on_disconnect(&self, callback: impl Fn() + Send + 'static) {}
/// #     fn emit(&self, message: Message) {}
/// #     fn disconnect(&self) {}
/// # }
/// use connector::CloseReason;
/// use connector::plugin::{self, ClientConnector, MessageSender};
/// use connector::protocol::remix::Message;
///
/// /// The socket of a library that calls back and keeps its sockets by itself.
/// struct Socket(LibrarySocket);
///
/// impl MessageSender for Socket {
///     fn send(&mut self, message: Message) -> Result<(), CloseReason> {
///         self.0.emit(message);
///         Ok(())
///     }
///
///     fn disconnect(&mut self) {
///         self.0.disconnect();
///     }
/// }
///
/// fn connector(socket: LibrarySocket) -> impl ClientConnector {
///     let (incoming, inbox) = plugin::inbox(1_024);
///     let end = incoming.clone();
///     socket.on_message(move |message| _ = incoming.push(message));
///     socket.on_disconnect(move || end.close(CloseReason::PeerClosed));
///     inbox.with_sender(Socket(socket))
/// }
/// ```
pub fn inbox(capacity: usize) -> (Incoming, MessageInbox) {
    let (entrance, exit) = queue(FeedLimits { messages: capacity, bytes: BYTES });
    (Incoming(entrance), MessageInbox(exit))
}

/// The half of an [`inbox`] that a library's callback puts messages into. Clones are the same
/// half. When the last one is dropped, the connection ends.
#[derive(Clone, Debug)]
pub struct Incoming(Entrance<Message>);

/// The half of an [`inbox`] that becomes a connector.
#[derive(Debug)]
pub struct MessageInbox(Exit<Message>);

/// The way in which a library's socket sends messages, and ends. Closures that take a message
/// are senders whose socket ends when they are dropped.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `MessageSender`, so it cannot send an inbox's answers",
    note = "pass a closure `move |message: Message| -> Result<(), CloseReason> {{ .. }}`, or implement `MessageSender`: one method is required"
)]
pub trait MessageSender: MaybeSend + 'static {
    /// Sends a message: Remix's `send`.
    ///
    /// # Errors
    /// Returns the reason for which the socket has ended.
    fn send(&mut self, message: Message) -> Result<(), CloseReason>;

    /// Ends the socket, and makes the library drop its callbacks. It is called once, however
    /// the connection has ended. Default: does nothing, for sockets that end when they are
    /// dropped.
    fn disconnect(&mut self) {}
}

/// A library's socket as a connector: the messages of an [`inbox`], and the library's own way
/// to send.
pub struct CallbackLink<S: MessageSender> {
    inbox: MessageInbox,
    sender: S,
    connected: bool,
}

impl Weigh for Message {
    fn size(&self) -> usize {
        self.size()
    }
}

impl Incoming {
    /// Hands a message over. Never blocks.
    ///
    /// # Errors
    /// Returns [`FeedError::Full`] if too many messages wait already, which ends the
    /// connection behind those, and [`FeedError::Ended`] if it has ended.
    pub fn push(&self, message: Message) -> Result<(), FeedError> {
        self.0.push(message)
    }

    /// Ends the connection for this reason, behind the messages that wait. An earlier reason
    /// is kept.
    pub fn close(&self, reason: CloseReason) {
        self.0.end(reason);
    }

    /// Returns `true` if the connection has ended, so that messages are not received any more.
    pub fn is_closed(&self) -> bool {
        self.0.is_ended()
    }

    /// Waits until the connection has ended.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn closed(&self) {
        self.0.ended().await;
    }
}

impl MessageInbox {
    /// Makes a connector of it, which sends by `sender`.
    pub fn with_sender<S: MessageSender>(self, sender: S) -> CallbackLink<S> {
        CallbackLink { inbox: self, sender, connected: true }
    }

    /// Waits for the next message, for a [`MessageLink`] of one's own.
    ///
    /// # Errors
    /// Returns the reason for which the inbox has ended, after the messages that came before.
    pub fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, CloseReason>> {
        self.0.poll_next(cx)
    }
}

impl<F: FnMut(Message) -> Result<(), CloseReason> + MaybeSend + 'static> MessageSender for F {
    fn send(&mut self, message: Message) -> Result<(), CloseReason> {
        self(message)
    }
}

impl<S: MessageSender> CallbackLink<S> {
    fn disconnect(&mut self) {
        if std::mem::take(&mut self.connected) {
            self.sender.disconnect();
        }
    }
}

impl<S: MessageSender> MessageLink for CallbackLink<S> {
    fn send_message(&mut self, message: Message, _: &mut MessageIo) -> Result<(), CloseReason> {
        self.sender.send(message)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        self.inbox.poll_message(cx).map(|message| io.sized(message?))
    }

    fn poll_close_link(
        &mut self,
        _: &mut Context<'_>,
        _: &CloseReason,
        _: &mut MessageIo,
    ) -> Poll<()> {
        self.disconnect();
        Poll::Ready(())
    }
}

/// A driver may be dropped before it closes its link.
impl<S: MessageSender> Drop for CallbackLink<S> {
    fn drop(&mut self) {
        self.disconnect();
    }
}

impl<S: MessageSender> fmt::Debug for CallbackLink<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackLink").field("inbox", &self.inbox).finish_non_exhaustive()
    }
}
