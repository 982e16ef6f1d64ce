//! Connectors and their sockets.
//!
//! | part | trait | derived |
//! |---|---|---|
//! | a source of sockets, with their codec and settings | [`Connector`] | `#[derive(Connector)]` |
//! | the address where connections arrive | [`Listen`] | |
//! | a link with a peer at its other end | [`Socket`] | `#[derive(Socket)]` |
//! | the machine that runs on a socket's packages | [`SessionKind`] | |
//!
//! A connector polls its [`Listen`] and makes a [`Socket`] of each connection with
//! [`Accept`]. The server opens that socket, drives it, and reads its messages with
//! the connector's codec. The links themselves are in [`link`](crate::link).

mod config;
mod listen;
mod machine;
mod network;
mod peer;
mod socket;
mod with_codec;

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

pub use config::Config;
pub use listen::{Listen, StartError};
pub use machine::{Bare, Pomelo, Role, SessionKind};
pub(crate) use network::bits;
pub use network::{Network, NetworkError};
pub use peer::{Address, Peer, TlsInfo};
pub use socket::{Accept, BoxSocket, Socket};
pub use with_codec::WithCodec;

use crate::codec::{Codec, CodecCx, CodecError, Outbound, Override, Received};
use crate::{MaybeSend, MaybeSync};

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
        let codec = Arc::new(Override::encode(self.codec(), encode));
        WithCodec::new(self, codec)
    }

    /// Replaces how messages are decoded. Encoding stays as it is.
    ///
    /// `decode` receives a package's payload. `Ok(None)` drops the message silently.
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
        let codec = Arc::new(Override::decode(self.codec(), decode));
        WithCodec::new(self, codec)
    }
}
