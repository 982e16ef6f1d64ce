//! The two connector traits of Remix, and what both stand on: links that carry messages.

mod accepted;
mod dialed;
mod inbox;
mod lines;
mod local;
mod port;
#[cfg(all(feature = "sio", not(target_family = "wasm")))]
mod socketio;
// The system's sockets.
#[cfg(not(target_family = "wasm"))]
mod websocket;

use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::{Message, Profile};

use crate::MaybeSend;
use crate::connector::Dial;
use crate::link::Link;
use crate::plugin::{ConnectError, Consent, MessageIo};

pub use accepted::{AcceptedLink, AcceptedPlugin};
pub use dialed::DialedPlugin;
pub use inbox::{CallbackLink, Incoming, MessageInbox, MessageSender, inbox};
pub use lines::{LineDialer, LineLink};
pub use local::{LocalLink, LocalPlugin};
pub(super) use port::loopback;
pub use port::{OfConnector, OfLinks, OfStreams, Port};
#[cfg(all(feature = "sio", not(target_family = "wasm")))]
pub use socketio::{SocketIoConnector, SocketIoPlugin};
#[cfg(not(target_family = "wasm"))]
pub use websocket::{WebSocketPlugin, WebSocketPluginConnector};

/// A link that carries whole messages between an engine and a plugin.
///
/// Every [`Link`] is one, on which each message is one package of JSON text. A transport of
/// messages needs two methods. The driver of the connection owns the buffers of messages, a
/// [`MessageIo`], and lends them to each method. `testing::message_links` checks two of them that
/// are one another's other end.
///
/// ```
/// use std::task::{Context, Poll, ready};
///
/// use connector::CloseReason;
/// use connector::plugin::{MessageIo, MessageLink};
/// use connector::protocol::remix::Message;
/// use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
///
/// struct Channel {
///     engine: UnboundedSender<Message>,
///     inbox: UnboundedReceiver<Message>,
/// }
///
/// impl MessageLink for Channel {
///     fn send_message(&mut self, message: Message, _: &mut MessageIo) -> Result<(), CloseReason> {
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
    message = "`{Self}` does not implement `MessageLink`, so it cannot carry messages between an engine and a plugin",
    note = "every socket and every other `Link` implements it",
    note = "implement `MessageLink` for a transport of whole messages: two methods are required"
)]
pub trait MessageLink: MaybeSend + 'static {
    /// Opens the link, within [`Limits::handshake`](crate::Limits::handshake).
    ///
    /// # Errors
    /// Returns the reason for which it did not open. The link is dropped then.
    fn poll_open_link(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        let _ = (cx, io);
        Poll::Ready(Ok(()))
    }

    /// Queues a message: Remix's `send`. It is sent at once or during [`MessageLink::poll_message`], in
    /// order.
    ///
    /// # Errors
    /// Returns the reason for which the link has ended.
    fn send_message(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason>;

    /// Waits for the next message, and sends queued ones meanwhile: Remix's `on`. Packages
    /// that are not messages are skipped.
    ///
    /// # Errors
    /// Returns the reason for which the link has ended.
    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>>;

    /// Returns `true` if the other side needs no further connection, see
    /// [`Link::peer_has_finished`]. Default: `false`.
    fn has_finished(&self) -> bool {
        false
    }

    /// Sends queued messages, then closes the link with `reason`.
    fn poll_close_link(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        let _ = (cx, reason, io);
        Poll::Ready(())
    }

    /// Returns whether the peer sends nothing more and may still read, as a program whose
    /// standard input has ended. Calls that run are then answered within
    /// [`Limits::drain`](crate::Limits::drain). Default: `false`.
    fn is_half_closed(&self) -> bool {
        false
    }

    /// Returns whether the peer neither sends nor reads any more, and there is nothing to do
    /// without it, as for a child process whose parent has gone. Calls that run are then
    /// dropped. Default: `false`, and they may end within
    /// [`Limits::drain`](crate::Limits::drain).
    fn is_abandoned(&self) -> bool {
        false
    }

    /// Returns the number of bytes of messages that the peer has not taken yet. While there are
    /// more than 256 KiB, running calls are not answered; while there are more than
    /// [`Limits::queued`](crate::Limits::queued), nothing is sent, and a peer that takes none of
    /// them then is closed as slow. A link that has buffers of its own wakes the task when there
    /// are fewer again. Default: those in `io`.
    fn unsent(&self, io: &MessageIo) -> usize {
        io.unsent()
    }
}

impl<L: Link + 'static> MessageLink for L {
    fn poll_open_link(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        io.poll_open(self, cx)
    }

    fn send_message(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        io.send(self, &message)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        io.poll_message(self, cx)
    }

    fn has_finished(&self) -> bool {
        self.peer_has_finished()
    }

    fn poll_close_link(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        io.poll_close(self, cx, reason)
    }
}

/// The plugin's side of a connection to an engine: Remix's `ClientConnector`.
///
/// It is a [`MessageLink`] under Remix's name, and so is every [`Link`]. A struct with one
/// derives it, and an enum of several kinds. A library that calls back with each message is
/// one by an [`inbox`](crate::plugin::inbox()): the guide's `on(cb)`.
///
/// ```
/// use std::time::Instant;
///
/// use connector::plugin::{ClientConnector, LocalLink, create_connector_client};
///
/// #[derive(ClientConnector)]
/// struct MyConnector {
///     #[connector(socket)]
///     link: LocalLink,
///     opened: Instant,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (engine, link) = LocalLink::pair();
/// let connector = MyConnector { link, opened: Instant::now() };
/// let client = create_connector_client(connector, None);
/// # drop((engine, client));
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `ClientConnector`, so it cannot connect a plugin to an engine",
    note = "every socket and every other `Link` implements it",
    note = "implement `MessageLink` for a transport of whole messages: two methods are required"
)]
pub trait ClientConnector: MessageLink {}

impl<L: MessageLink> ClientConnector for L {}

/// The engine's side of the connections to one plugin: Remix's `PluginConnector`.
///
/// It opens a [`MessageLink`] for each connection. When one has failed, it is asked for
/// another. The driver passes the messages to the engine, as Remix's `getMessage` does, and
/// closes the link: Remix's `disconnect`.
///
/// A struct of a profile and a [`Dial`] derives it:
///
/// ```
/// use connector::plugin::{Engine, PluginConnector, Profile};
/// use connector::transport::WebSocketDialer;
///
/// #[derive(PluginConnector)]
/// struct RemoteCompiler {
///     #[plugin(profile)]
///     profile: Profile,
///     #[plugin(link)]
///     link: WebSocketDialer,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), connector::plugin::EngineError> {
/// let engine = Engine::new();
/// let profile = Profile::new("compiler").url("ws://127.0.0.1:65520");
/// engine.register(RemoteCompiler::new(profile))?;
/// # Ok(())
/// # }
/// ```
///
/// By hand it is two methods:
///
/// ```
/// use connector::plugin::{ConnectError, PluginConnector};
/// use connector::protocol::remix::Profile;
/// use connector::transport::{MemoryDialer, WebSocketLink};
/// # use connector::CloseReason;
///
/// struct InMemory {
///     profile: Profile,
///     dialer: MemoryDialer,
/// }
///
/// impl PluginConnector for InMemory {
///     type Link = WebSocketLink<tokio::io::DuplexStream>;
///
///     fn profile(&self) -> &Profile {
///         &self.profile
///     }
///
///     async fn connect(&mut self, _url: &str) -> Result<Self::Link, ConnectError> {
///         let stream = self.dialer.dial().await.map_err(|error| CloseReason::lost(&error))?;
///         Ok(WebSocketLink::client(stream, "memory", "/", true).map_err(CloseReason::malformed)?)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `PluginConnector`, so it cannot connect an engine to a plugin",
    note = "use `WebSocketPluginConnector`, or implement `PluginConnector` for your transport"
)]
pub trait PluginConnector: MaybeSend + 'static {
    /// The link of a connection.
    type Link: MessageLink;

    /// Returns the plugin's profile, which is known before it is connected.
    fn profile(&self) -> &Profile;

    /// Connects to the plugin at `url`, which is empty if its profile has none. The driver
    /// opens the link.
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
    ) -> impl Future<Output = Result<Self::Link, ConnectError>> + MaybeSend;

    /// Returns who is asked before another plugin activates or deactivates this one. Default:
    /// nobody, since the plugin is elsewhere. An engine's
    /// [`Permissions`](crate::plugin::Permissions) are asked anyway.
    fn consent(&self) -> Option<Arc<dyn Consent>> {
        None
    }

    /// Returns whether the plugin connects by itself, and [`PluginConnector::connect`] waits for
    /// it. After the end of a connection the wait begins at once then, and lasts until the
    /// plugin comes: it is neither an attempt nor followed by a delay. Meanwhile `connect` is
    /// called again, since others may connect too: up to 64 links shake hands beside one
    /// another, and the first that does is the plugin's. Default: `false`.
    fn waits_for_peer(&self) -> bool {
        false
    }

    /// Returns whether to connect again after the connection over `link` ended for this
    /// reason. Default: after all reasons but [`CloseReason::Requested`] and the exit of a
    /// process with code 0, unless the plugin has [finished](MessageLink::has_finished).
    fn reconnects_after(&self, link: &Self::Link, reason: &CloseReason) -> bool {
        let is_last = match reason {
            CloseReason::Requested => true,
            CloseReason::Exited(exit) => exit.is_success(),
            _ => false,
        };
        !is_last && !link.has_finished()
    }
}

/// Connects to a plugin by a dialer. A fragment in the URL is ignored.
///
/// # Errors
/// Returns [`ConnectError::NoUrl`] without a URL, and otherwise the dialer's error.
pub async fn dial<D: Dial>(dialer: &D, url: &str) -> Result<D::Io, ConnectError> {
    let (link, _) = dialer.connect(url.split('#').next().unwrap_or(url)).await?;
    Ok(link)
}
