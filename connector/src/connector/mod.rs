//! Connectors and their sockets.
//!
//! | part | trait | derived |
//! |---|---|---|
//! | a source of sockets, with their codec and settings | [`Connector`] | `#[derive(Connector)]` |
//! | the address where connections arrive | [`Listen`] | |
//! | the way to such an address, for clients and engines | [`Dial`] | |
//! | a link with a peer at its other end | [`Socket`] | `#[derive(Socket)]` |
//! | the machine that runs on a socket's packages | [`SessionKind`] | |
//!
//! A connector polls its [`Listen`] and makes a [`Socket`] of each connection with
//! [`Accept`]. The server opens that socket, drives it, and reads its messages with
//! the connector's codec. The links themselves are in [`link`](crate::link).

mod config;
mod dial;
mod listen;
mod machine;
mod network;
mod peer;
mod schemes;
mod socket;
mod with_codec;

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

pub use config::Config;
pub use dial::{Dial, DialError, SocketDialer};
pub use listen::{Listen, StartError};
pub use machine::{Bare, Pomelo, Role, SessionKind};
pub(crate) use network::bits;
pub use network::{Network, NetworkError};
pub use peer::{Address, Peer, TlsInfo};
pub use schemes::Schemes;
pub use socket::{Accept, BoxSocket, Socket};
pub use with_codec::WithCodec;

use crate::codec::{
    AsyncOverride, Codec, CodecCx, CodecError, Outbound, Override, OwnedMessage, Received,
};
use crate::{MaybeSend, MaybeSync, Session};

/// A source of connections, with the codec of their messages and their settings:
/// pomelo's connector.
///
/// `#[derive(Connector)]` implements it for a struct that names its parts, and for
/// an enum of connectors:
///
/// ```
/// use connector::codec::JsonCodec;
/// use connector::prelude::*;
/// use connector::protocol::framing::LengthDelimited;
/// use connector::transport::Tcp;
/// use tokio::net::TcpStream;
///
/// #[derive(Socket)]
/// #[socket(framing = LengthDelimited<u32>)]
/// struct GameSocket {
///     #[socket(io)]
///     stream: TcpStream,
///     #[socket(peer)]
///     peer: Peer,
/// }
///
/// #[derive(Connector)]
/// #[connector(socket = GameSocket, codec = JsonCodec)]
/// struct GameConnector {
///     #[connector(listen)]
///     tcp: Tcp,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let connector = GameConnector::bind("127.0.0.1:0");
/// let server = Server::builder().connector(connector).start().await?;
/// assert!(server.addresses()[0].port().is_some());
/// server.handle().stop().await;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Connector`",
    note = "add `#[derive(Connector)]` and `#[connector(socket = .., codec = ..)]` to the struct"
)]
pub trait Connector: MaybeSend + 'static {
    /// The type of the sockets that [`Connector::poll_accept`] returns.
    type Socket: Socket;

    /// Starts listening.
    ///
    /// # Errors
    /// Returns [`StartError`] if the address cannot be bound.
    ///
    /// # Cancel safety
    /// That of [`Listen::bind`]: the connectors of this crate can be started again
    /// after a cancelled call.
    fn start(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend;

    /// Waits for the next connection: pomelo's "connection" event. The socket is
    /// not open yet: slow steps, such as TLS or an upgrade, belong into
    /// [`Link::poll_open`](crate::link::Link::poll_open).
    ///
    /// # Errors
    /// Returns the error of accepting this connection. The connector stays usable:
    /// the caller waits a little and polls again.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Socket>>;

    /// Stops listening and releases the address. Accepted sockets stay open.
    fn stop(&mut self);

    /// Returns the address at which it listens. `None` before it has started.
    fn address(&self) -> Option<Address>;

    /// Returns the codec of its sockets' messages.
    fn codec(&self) -> Arc<dyn Codec>;

    /// Returns settings that take precedence over the server's. Default: `None`.
    fn config(&self) -> Option<&Config> {
        None
    }

    /// Replaces the codec.
    #[must_use]
    fn with_codec(self, codec: impl Codec) -> WithCodec<Self>
    where
        Self: Sized,
    {
        WithCodec::new(self, Arc::new(codec))
    }

    /// Replaces how messages are encoded. Decoding stays as it is.
    ///
    /// `encode` receives the serialized body and appends the payload to the package.
    ///
    /// The connector's clients get no dictionary and no schemas then, whose codes and bodies
    /// `encode` would not know: routes travel by name, and bodies as JSON.
    ///
    /// # Errors
    /// `encode` returns [`CodecError`] for a message that it cannot express. That
    /// message is not sent.
    #[must_use]
    fn encode<F>(self, encode: F) -> WithCodec<Self>
    where
        Self: Sized,
        F: Fn(Outbound<'_>, &mut Vec<u8>) -> Result<(), CodecError>
            + MaybeSend
            + MaybeSync
            + 'static,
    {
        let codec = AsyncOverride::encoding(self.codec(), |base| Override::encode(base, encode));
        WithCodec::new(self, codec)
    }

    /// Replaces how messages are decoded. Encoding stays as it is.
    ///
    /// `decode` receives a package's payload. `Ok(None)` drops the message silently.
    ///
    /// The connector's clients get no dictionary and no schemas then, whose codes and bodies
    /// `decode` would not know: routes travel by name, and bodies as JSON.
    ///
    /// # Errors
    /// `decode` returns [`CodecError`] for a payload that is not a message, which
    /// closes the connection.
    #[must_use]
    fn decode<F>(self, decode: F) -> WithCodec<Self>
    where
        Self: Sized,
        F: for<'a> Fn(&CodecCx<'_>, &'a [u8]) -> Result<Option<Received<'a>>, CodecError>
            + MaybeSend
            + MaybeSync
            + 'static,
    {
        let codec = AsyncOverride::decoding(self.codec(), |base| Override::decode(base, decode));
        WithCodec::new(self, codec)
    }

    /// Replaces how messages are encoded by a future, such as one that asks a key service:
    /// pomelo's `encode` with `useAsyncCoder`. Decoding stays as it is.
    ///
    /// `encode` receives the session and a message with its serialized body, and returns the
    /// payload of a package. The messages of a session are encoded concurrently, and leave in
    /// their order. While too many wait for that, no more are handled, and pushes count
    /// against [`Limits::queued`](crate::Limits::queued). Messages leave one by one, also
    /// those of a batch. When the session ends, what is not encoded within 5 seconds is
    /// dropped.
    ///
    /// As with [`encode`](Self::encode), clients get no dictionary and no schemas.
    ///
    /// ```
    /// use connector::codec::{CodecError, OwnedMessage};
    /// use connector::prelude::*;
    ///
    /// async fn seal(_: Session, message: OwnedMessage) -> Result<Vec<u8>, CodecError> {
    ///     let id = message.id.map_or(0, RequestId::get);
    ///     let mut payload = format!("{id} {} ", message.route.unwrap_or_default()).into_bytes();
    ///     payload.extend(message.body);
    ///     Ok(payload)
    /// }
    ///
    /// let connector = TcpConnector::bind("127.0.0.1:0").encode_async(seal);
    /// ```
    ///
    /// # Errors
    /// `encode` returns [`CodecError`] for a message that it cannot express. A push is not
    /// sent then, and an answer is replaced by that of a failed call.
    #[must_use]
    fn encode_async<F, A>(self, encode: F) -> WithCodec<Self>
    where
        Self: Sized,
        F: Fn(Session, OwnedMessage) -> A + MaybeSend + MaybeSync + 'static,
        A: Future<Output = Result<Vec<u8>, CodecError>> + MaybeSend + 'static,
    {
        let mut codec = AsyncOverride::over(&self.codec());
        codec.encode = Some(Arc::new(encode));
        WithCodec::new(self, Arc::new(codec))
    }

    /// Replaces how messages are decoded by a future: pomelo's `decode` with `useAsyncCoder`.
    /// Encoding stays as it is.
    ///
    /// `decode` receives the session and a package's payload. The messages of a session are
    /// decoded concurrently, and handled in the order of their arrival. As many wait for that
    /// as [`Limits::waiting`](crate::Limits::waiting) and
    /// [`Limits::call_bytes`](crate::Limits::call_bytes) allow, then no more are read.
    /// `Ok(None)` drops a message silently. When the session ends, its futures are dropped,
    /// unless the client has left by itself: what it had sent before is still handled.
    ///
    /// As with [`decode`](Self::decode), clients get no dictionary and no schemas.
    ///
    /// # Errors
    /// `decode` returns [`CodecError`] for a payload that is not a message, which closes the
    /// connection unless it is a [refusal](CodecError::refusal).
    #[must_use]
    fn decode_async<F, A>(self, decode: F) -> WithCodec<Self>
    where
        Self: Sized,
        F: Fn(Session, Vec<u8>) -> A + MaybeSend + MaybeSync + 'static,
        A: Future<Output = Result<Option<OwnedMessage>, CodecError>> + MaybeSend + 'static,
    {
        let mut codec = AsyncOverride::over(&self.codec());
        codec.decode = Some(Arc::new(decode));
        WithCodec::new(self, Arc::new(codec))
    }
}
