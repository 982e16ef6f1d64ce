//! The two connector traits of Remix: transports for the messages of a connection.

use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::{Message, Profile};

use super::{ConnectError, MessageIo};
use crate::MaybeSend;

/// The plugin's side of a connection to an engine: Remix's `ClientConnector`.
///
/// A transport that carries whole messages needs two methods. A transport of bytes or
/// text is a [`Link`](crate::link::Link), which
/// [`SocketClientConnector`](super::SocketClientConnector) turns into a connector. The
/// driver owns the buffers of messages, a [`MessageIo`], and lends them to each method.
///
/// ```
/// use std::task::{Context, Poll, ready};
///
/// use connector::CloseReason;
/// use connector::plugin::{ClientConnector, MessageIo};
/// use connector::protocol::remix::Message;
/// use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
///
/// struct Channel {
///     engine: UnboundedSender<Message>,
///     inbox: UnboundedReceiver<Message>,
/// }
///
/// impl ClientConnector for Channel {
///     fn send(&mut self, message: Message, _: &mut MessageIo) -> Result<(), CloseReason> {
///         self.engine.send(message).map_err(|_| CloseReason::PeerClosed)
///     }
///
///     fn poll_message(
///         &mut self,
///         cx: &mut Context<'_>,
///         _: &mut MessageIo,
///     ) -> Poll<Result<Message, CloseReason>> {
///         Poll::Ready(ready!(self.inbox.poll_recv(cx)).ok_or(CloseReason::PeerClosed))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `ClientConnector`, so it cannot connect a plugin to an engine",
    note = "write `SocketClientConnector(socket)` for a socket or another `Link`",
    note = "implement `ClientConnector` for a transport of whole messages: two methods are required"
)]
pub trait ClientConnector: MaybeSend + 'static {
    /// Opens the transport, within [`Limits::handshake`](crate::Limits::handshake).
    ///
    /// # Errors
    /// Returns the reason for which the connection did not open. The connector is
    /// dropped then.
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        let _ = (cx, io);
        Poll::Ready(Ok(()))
    }

    /// Queues a message. It is sent at once or during
    /// [`ClientConnector::poll_message`], in order.
    ///
    /// # Errors
    /// Returns the reason for which the connection has ended.
    fn send(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason>;

    /// Waits for the next message, and sends queued ones meanwhile: Remix's `on`.
    /// Packages that are not messages are skipped.
    ///
    /// # Errors
    /// Returns the reason for which the connection has ended.
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>>;

    /// Sends queued messages, then closes the transport with `reason`.
    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        let _ = (cx, reason, io);
        Poll::Ready(())
    }
}

/// The engine's side of a connection to one plugin: Remix's `PluginConnector`.
///
/// When a connection has failed, the driver connects again, each time with a new
/// [`MessageIo`]. In between the connector holds no connection. The driver passes the
/// messages of [`PluginConnector::poll_message`] to the engine, as Remix's `getMessage`
/// does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `PluginConnector`, so it cannot connect an engine to a plugin",
    note = "use `WebSocketPluginConnector`, or implement `PluginConnector` for your transport"
)]
pub trait PluginConnector: MaybeSend + 'static {
    /// Returns the plugin's profile, which is known before it is connected.
    fn profile(&self) -> &Profile;

    /// Connects to the plugin at `url` and opens the transport. An earlier connection is
    /// dropped.
    ///
    /// # Errors
    /// Returns the error for which there is no connection: [`ConnectError::Url`] for a URL
    /// that can never be used, otherwise the reason of the failure, see
    /// [`ConnectError::Lost`].
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    fn connect(
        &mut self,
        url: &str,
        io: &mut MessageIo,
    ) -> impl Future<Output = Result<(), ConnectError>> + MaybeSend;

    /// Queues a message. It is sent at once or during
    /// [`PluginConnector::poll_message`], in order.
    ///
    /// # Errors
    /// Returns the reason for which the connection has ended.
    fn send(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason>;

    /// Waits for the next message, and sends queued ones meanwhile. Packages that are
    /// not messages are skipped.
    ///
    /// # Errors
    /// Returns the reason for which the connection has ended.
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>>;

    /// Sends queued messages, closes the transport with `reason`, and drops the
    /// connection: Remix's `disconnect`.
    fn poll_disconnect(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()>;

    /// Drops the connection at once, if there is one. It is called after each connection,
    /// also if a silent peer has kept [`PluginConnector::poll_disconnect`] from becoming
    /// ready in time, or a dial was given up.
    fn abandon(&mut self);

    /// Returns whether to connect again after the connection ended for this reason.
    /// Default: after all reasons but [`CloseReason::Requested`].
    fn reconnects_after(&self, reason: &CloseReason) -> bool {
        *reason != CloseReason::Requested
    }
}
