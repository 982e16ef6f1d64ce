//! The traits for libraries that are async only or have a buffer type of their own.

use bytes::Bytes;
use connector_protocol::CloseReason;

use crate::MaybeSend;

/// A library's type for a message: bytes, text, JSON, or one of its own.
pub trait Buffer: Sized + MaybeSend + 'static {
    /// Converts a package to this type.
    ///
    /// # Errors
    /// Returns a description of the problem if these bytes cannot be converted, such
    /// as bytes that are not UTF-8.
    fn from_package(package: &[u8]) -> Result<Self, String>;

    /// Returns the package that it holds.
    fn into_package(self) -> Bytes;
}

impl Buffer for Bytes {
    fn from_package(package: &[u8]) -> Result<Self, String> {
        Ok(Self::copy_from_slice(package))
    }

    fn into_package(self) -> Bytes {
        self
    }
}

impl Buffer for Vec<u8> {
    fn from_package(package: &[u8]) -> Result<Self, String> {
        Ok(package.to_vec())
    }

    fn into_package(self) -> Bytes {
        self.into()
    }
}

impl Buffer for String {
    fn from_package(package: &[u8]) -> Result<Self, String> {
        std::str::from_utf8(package).map(Self::from).map_err(|error| error.to_string())
    }

    fn into_package(self) -> Bytes {
        self.into()
    }
}

impl Buffer for serde_json::Value {
    fn from_package(package: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(package).map_err(|error| error.to_string())
    }

    fn into_package(self) -> Bytes {
        self.to_string().into()
    }
}

/// A link in async functions, for libraries that offer nothing else. As the
/// field of a socket it is a [`Linked`](super::Linked).
///
/// Both directions borrow it mutably, so nothing is received while a send is
/// blocked: give the library's own queue room for a burst.
///
/// ```
/// use connector::CloseReason;
/// use connector::link::{AsyncLink, Inbox, Link, Linked};
/// use tokio::sync::mpsc;
///
/// /// A library's connection, here a pair of channels.
/// struct Texts {
///     incoming: mpsc::Receiver<String>,
///     outgoing: mpsc::Sender<String>,
/// }
///
/// impl AsyncLink for Texts {
///     type Buffer = String;
///
///     async fn recv(&mut self) -> Option<Result<String, CloseReason>> {
///         self.incoming.recv().await.map(Ok)
///     }
///
///     async fn send(&mut self, text: String) -> Result<(), CloseReason> {
///         self.outgoing.send(text).await.map_err(|_| CloseReason::PeerClosed)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), CloseReason> {
/// let (outgoing, incoming) = mpsc::channel(16);
/// // Both ends in one: it receives the messages it sends.
/// let mut link = Linked::new(Texts { incoming, outgoing });
/// link.send(b"hello").await?;
/// assert_eq!(link.recv(&mut Inbox::new(1024)).await?, b"hello");
/// # Ok(())
/// # }
/// ```
pub trait AsyncLink: MaybeSend + 'static {
    /// The type that the library sends and receives.
    type Buffer: Buffer;

    /// Waits for the next message. Returns `None` at the regular end.
    ///
    /// # Errors
    /// Returns the reason of the failure. The link is then not used again.
    ///
    /// # Cancel safety
    /// Implementations must be cancel safe: the future is dropped, and `recv` called
    /// again, whenever something is to be sent.
    fn recv(
        &mut self,
    ) -> impl Future<Output = Option<Result<Self::Buffer, CloseReason>>> + MaybeSend;

    /// Sends one message.
    ///
    /// # Errors
    /// Returns the reason of the failure. The link is then not used again.
    ///
    /// # Cancel safety
    /// Need not be cancel safe: the future is dropped only with the link.
    fn send(
        &mut self,
        buffer: Self::Buffer,
    ) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend;

    /// Announces the close to the peer. Default: does nothing.
    ///
    /// # Cancel safety
    /// Need not be cancel safe: the future is dropped only with the link.
    fn close(&mut self, reason: CloseReason) -> impl Future<Output = ()> + MaybeSend {
        let _ = reason;
        async {}
    }
}
