//! What carries the messages of one connection: the two traits of Remix.

use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::{Message, Profile};

use super::Transit;
use crate::MaybeSend;

/// The plugin's side of a connection to an engine: Remix's `ClientConnector`.
///
/// Two methods are enough for a transport that carries messages as they are.
/// One that carries bytes or text is a [`Link`](crate::link::Link), and
/// [`SocketClientConnector`](super::SocketClientConnector) makes a connector of
/// any. What is on its way stays in the driver's [`Transit`], so that a
/// connector is no more than its transport.
///
/// ```
/// use std::task::{Context, Poll, ready};
///
/// use connector::CloseReason;
/// use connector::plugin::{ClientConnector, Transit};
/// use connector::protocol::remix::Message;
/// use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
///
/// struct Channel {
///     engine: UnboundedSender<Message>,
///     inbox: UnboundedReceiver<Message>,
/// }
///
/// impl ClientConnector for Channel {
///     fn send(&mut self, message: Message, _: &mut Transit) -> Result<(), CloseReason> {
///         self.engine.send(message).map_err(|_| CloseReason::PeerClosed)
///     }
///
///     fn poll_message(
///         &mut self,
///         cx: &mut Context<'_>,
///         _: &mut Transit,
///     ) -> Poll<Result<Message, CloseReason>> {
///         Poll::Ready(ready!(self.inbox.poll_recv(cx)).ok_or(CloseReason::PeerClosed))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not connect a plugin to an engine",
    note = "a socket or another `Link` does so as `SocketClientConnector(socket)`",
    note = "a transport of whole messages implements `ClientConnector` in two methods"
)]
pub trait ClientConnector: MaybeSend + 'static {
    /// Does what the transport needs before messages flow, under the handshake
    /// deadline.
    ///
    /// # Errors
    /// Why the connection did not open. The connector is dropped then.
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        transit: &mut Transit,
    ) -> Poll<Result<(), CloseReason>> {
        let _ = (cx, transit);
        Poll::Ready(Ok(()))
    }

    /// Takes a message that is to be sent. It leaves at once or during
    /// [`ClientConnector::poll_message`], in order.
    ///
    /// # Errors
    /// Why the connection has ended.
    fn send(&mut self, message: Message, transit: &mut Transit) -> Result<(), CloseReason>;

    /// Waits for the next message, and meanwhile moves on what is to be sent:
    /// Remix's `on`. Packages that are no messages are skipped.
    ///
    /// # Errors
    /// Why the connection has ended.
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        transit: &mut Transit,
    ) -> Poll<Result<Message, CloseReason>>;

    /// Sends what is unsent and says good-bye.
    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        transit: &mut Transit,
    ) -> Poll<()> {
        let _ = (cx, reason, transit);
        Poll::Ready(())
    }
}

/// The engine's side of a connection to one plugin: Remix's `PluginConnector`.
///
/// The driver connects it again after a loss, each time with a new [`Transit`];
/// in between it holds no connection. Remix's `getMessage` is where the driver
/// takes the messages of [`PluginConnector::poll_message`] to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not connect an engine to a plugin",
    note = "`WebSocketPluginConnector` does; a transport of your own implements `PluginConnector`"
)]
pub trait PluginConnector: MaybeSend + 'static {
    /// What the plugin says about itself, known before it is connected.
    fn profile(&self) -> &Profile;

    /// Connects to the plugin at `url`, up to where messages may flow. An
    /// earlier connection is dropped.
    ///
    /// # Errors
    /// Why there is no connection.
    ///
    /// # Cancel safety
    /// A connect that is dropped leaves no connection.
    fn connect(
        &mut self,
        url: &str,
        transit: &mut Transit,
    ) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend;

    /// Takes a message that is to be sent. It leaves at once or during
    /// [`PluginConnector::poll_message`], in order.
    ///
    /// # Errors
    /// Why the connection has ended.
    fn send(&mut self, message: Message, transit: &mut Transit) -> Result<(), CloseReason>;

    /// Waits for the next message, and meanwhile moves on what is to be sent.
    /// Packages that are no messages are skipped.
    ///
    /// # Errors
    /// Why the connection has ended.
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        transit: &mut Transit,
    ) -> Poll<Result<Message, CloseReason>>;

    /// Sends what is unsent, says good-bye and drops the connection: Remix's
    /// `disconnect`.
    fn poll_disconnect(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        transit: &mut Transit,
    ) -> Poll<()>;

    /// Whether to connect again after the connection ended for this reason.
    fn reconnects_after(&self, reason: &CloseReason) -> bool {
        *reason != CloseReason::Requested
    }
}
