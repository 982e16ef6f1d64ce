//! The contract for libraries that are async only, or have a buffer type of their own.

use bytes::Bytes;
use connector_protocol::CloseReason;

use crate::MaybeSend;

/// What a link's library calls a message: bytes, text, JSON, or a type of its
/// own (pomelo's FooBuffer).
pub trait Buffer: Sized + MaybeSend + 'static {
    /// Makes one of a package.
    ///
    /// # Errors
    /// A text that says why these bytes cannot be one, such as bytes that are
    /// no UTF-8 where text is wanted.
    fn from_package(package: &[u8]) -> Result<Self, String>;

    /// The package that it holds.
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
pub trait AsyncLink: MaybeSend + 'static {
    /// What the library sends and receives.
    type Buffer: Buffer;

    /// Waits for the next message; `None` at the regular end.
    ///
    /// Must be cancel safe: it is dropped and called again whenever something
    /// is to be sent.
    fn recv(
        &mut self,
    ) -> impl Future<Output = Option<Result<Self::Buffer, CloseReason>>> + MaybeSend;

    /// Sends one message.
    fn send(
        &mut self,
        buffer: Self::Buffer,
    ) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend;

    /// Says good-bye.
    fn close(&mut self, reason: CloseReason) -> impl Future<Output = ()> + MaybeSend {
        let _ = reason;
        async {}
    }
}
