//! What a client's bytes look like on a byte stream.

use std::io;
use std::marker::PhantomData;

use connector_protocol::framing::Framing;

use super::Wire;
use crate::{MaybeSend, MaybeSync};

/// What a client's bytes look like on a byte stream, once it is connected.
pub trait Speech: MaybeSync {
    /// Opens the connection.
    ///
    /// # Errors
    /// Those of the stream, and a server that does not answer as it should.
    fn open(&self, wire: &mut Wire) -> impl Future<Output = io::Result<()>> + MaybeSend {
        let _ = wire;
        async { Ok(()) }
    }

    /// The first bytes of what opens a connection, cut short.
    fn half_open(&self) -> Vec<u8> {
        Vec::new()
    }

    /// See [`Subject::wrap`](super::Subject::wrap).
    fn wrap(&self, package: &[u8]) -> Vec<u8>;

    /// See [`Subject::unwrap`](super::Subject::unwrap).
    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)>;

    /// See [`Subject::goodbye`](super::Subject::goodbye).
    fn goodbye(&self) -> Vec<u8> {
        Vec::new()
    }

    /// See [`Subject::is_goodbye`](super::Subject::is_goodbye).
    fn is_goodbye(&self, rest: &[u8]) -> bool {
        rest.is_empty()
    }
}

/// Packages cut from the stream by a [`Framing`], the same both ways.
#[derive(Clone, Copy, Debug)]
pub struct Framed<F>(PhantomData<fn() -> F>);

impl<F> Framed<F> {
    /// The framing itself; it has no state.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<F> Default for Framed<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: Framing> Speech for Framed<F> {
    /// A package that the framing cannot express comes out empty, and is
    /// missed at the other end.
    fn wrap(&self, package: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mark = F::INSTANCE.begin(&mut out);
        out.extend_from_slice(package);
        match F::INSTANCE.finish(mark, &mut out) {
            Ok(()) => out,
            Err(_) => Vec::new(),
        }
    }

    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        let cut = F::cut(bytes, usize::MAX).ok()??;
        Some((bytes[cut.package].to_vec(), cut.consumed))
    }
}
