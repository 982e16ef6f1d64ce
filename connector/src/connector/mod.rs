//! The connector: how connections arrive, and how they speak.

mod config;
mod listen;
mod machine;
mod peer;
mod socket;
mod with_codec;

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

pub use config::Config;
pub use listen::{Listen, StartError};
pub use machine::{Bare, Pomelo, Role, SessionKind};
pub use peer::{Address, Peer};
pub use socket::{Accept, BoxSocket, Socket};
pub use with_codec::WithCodec;

use crate::codec::{Codec, CodecCx, CodecError, Outbound, Override, Received};
use crate::{MaybeSend, MaybeSync};

/// How connections arrive, and how they speak: pomelo's connector.
///
/// `#[derive(Connector)]` writes it for a struct that names its parts and for
/// an enum that chooses between several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no connector",
    note = "add `#[derive(Connector)]` and `#[connector(socket = .., codec = ..)]` to the struct"
)]
pub trait Connector: MaybeSend + 'static {
    /// What [`Connector::poll_accept`] yields.
    type Socket: Socket;

    /// Starts listening.
    ///
    /// # Errors
    /// [`StartError`], in a sentence that names the address.
    fn start(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend;

    /// Waits for the next connection: pomelo's "connection" event. The socket
    /// comes at once; what is slow for one peer happens when it is opened.
    ///
    /// # Errors
    /// The connector stays usable; the caller waits a little and goes on.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Socket>>;

    /// Stops listening and gives the address free. Sockets stay.
    fn stop(&mut self);

    /// Where it listens, once started.
    fn address(&self) -> Option<Address>;

    /// How its sockets' packages are read and written.
    fn codec(&self) -> Arc<dyn Codec>;

    /// Limits and heartbeat of its own, instead of the server's.
    fn config(&self) -> Option<&Config> {
        None
    }

    /// The same connector with another codec.
    #[must_use]
    fn with_codec(self, codec: impl Codec) -> WithCodec<Self>
    where
        Self: Sized,
    {
        WithCodec::new(self, Arc::new(codec))
    }

    /// The same connector with another `encode`: it gets the body that was
    /// written for it and appends the package's payload. Decoding stays.
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

    /// The same connector with another `decode`; `Ok(None)` drops the message.
    /// Encoding stays.
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
