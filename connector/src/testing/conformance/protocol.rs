//! The client's protocol on a byte stream.

use std::io;
use std::marker::PhantomData;

use connector_protocol::framing::Framing;

use super::{Content, Wire};
use crate::{MaybeSend, MaybeSync};

/// The client's protocol on a byte stream: the bytes that it writes and reads after it is
/// connected.
pub trait ClientProtocol: MaybeSync {
    /// Opens the connection, such as with an upgrade. Default: does nothing.
    ///
    /// # Errors
    /// Returns the error of the stream, or fails if the server does not answer correctly.
    ///
    /// # Cancel safety
    /// If the future is dropped, drop the wire too: the opening is incomplete.
    fn open(&self, wire: &mut Wire) -> impl Future<Output = io::Result<()>> + MaybeSend {
        let _ = wire;
        async { Ok(()) }
    }

    /// Returns the first half of the bytes that open a connection. Default: none.
    fn half_open(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Returns the content that packages may have. Default: [`Content::Bytes`].
    fn content(&self) -> Content {
        Content::Bytes
    }

    /// Returns the bytes of a package on the wire. See
    /// [`Subject::wrap`](super::Subject::wrap).
    fn wrap(&self, package: &[u8]) -> Vec<u8>;

    /// Reads the first package on the wire. See
    /// [`Subject::unwrap`](super::Subject::unwrap).
    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)>;

    /// Returns the bytes of a client's close. See
    /// [`Subject::closing`](super::Subject::closing).
    fn closing(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Returns whether these bytes are a server's close. See
    /// [`Subject::is_closing`](super::Subject::is_closing).
    fn is_closing(&self, rest: &[u8]) -> bool {
        rest.is_empty()
    }
}

/// The protocol of packages in a [`Framing`], in both directions.
#[derive(Clone, Copy, Debug)]
pub struct Framed<F>(PhantomData<fn() -> F>);

impl<F> Framed<F> {
    /// Creates the protocol, which has no state.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<F> Default for Framed<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Framing> ClientProtocol for Framed<F> {
    /// Returns no bytes for a package that the framing cannot express, so that the check
    /// fails for its absence.
    fn wrap(&self, package: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        // It appends nothing then.
        let _ = F::INSTANCE.wrap(package, &mut out);
        out
    }

    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        let mut rest = bytes;
        let package = F::take(&mut rest, usize::MAX).ok()??;
        Some((package.into_owned(), bytes.len() - rest.len()))
    }
}
