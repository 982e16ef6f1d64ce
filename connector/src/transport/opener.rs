//! Openers: steps between a connection's accept and its first byte.

use std::task::{Context, Poll};

use connector_protocol::CloseReason;

use super::StreamIo;
use crate::MaybeSend;
use crate::connector::Peer;
use crate::link::Opening;

/// A step that every connection of a listener goes through before its bytes are
/// packages or HTTP: a proxy's header, TLS.
///
/// Each connection gets a clone, which may keep the state of that connection.
/// It runs in the connection's task, under the handshake deadline. It reads with
/// [`Inbox::poll_fill`](crate::link::Inbox::poll_fill), consumes its own bytes from
/// the inbox, and may correct the peer or replace the stream.
///
/// ```
/// use std::task::{Context, Poll, ready};
///
/// use connector::CloseReason;
/// use connector::link::Opening;
/// use connector::prelude::*;
/// use connector::transport::{Opener, StreamIo, Tcp};
///
/// /// Accepts connections that begin with a word that both sides know.
/// #[derive(Clone)]
/// struct Password(&'static [u8]);
///
/// impl Opener for Password {
///     fn poll_open(
///         &mut self,
///         cx: &mut Context<'_>,
///         io: &mut StreamIo,
///         opening: &mut Opening<'_>,
///     ) -> Poll<Result<(), CloseReason>> {
///         while opening.inbox.unread().len() < self.0.len() {
///             let read = ready!(opening.inbox.poll_fill(cx, io));
///             if read.map_err(|error| CloseReason::lost(&error))? == 0 {
///                 return Poll::Ready(Err(CloseReason::PeerClosed));
///             }
///         }
///         if !opening.inbox.unread().starts_with(self.0) {
///             return Poll::Ready(Err(CloseReason::malformed("wrong password")));
///         }
///         opening.inbox.consume(self.0.len());
///         Poll::Ready(Ok(()))
///     }
/// }
///
/// let connector = HybridConnector::bind(Tcp::from("127.0.0.1:0").opener(Password(b"melon")));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Opener`",
    note = "`transport::ProxyProtocol` does; a type of your own implements `Opener` and `Clone`"
)]
pub trait Opener: Clone + MaybeSend + 'static {
    /// Runs the step. Ready when the next one may begin. Bytes read beyond the step
    /// stay in the inbox.
    ///
    /// # Errors
    /// Returns the reason for which the connection is closed.
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut StreamIo,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>>;

    /// Returns whether it may change the address of this peer. While it may, the
    /// connection is not counted for that address. Default: `false`.
    fn changes_address(&self, peer: &Peer) -> bool {
        let _ = peer;
        false
    }
}

/// An [`Opener`] of some type.
pub(super) trait DynOpener: MaybeSend {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut StreamIo,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>>;
    fn changes_address(&self, peer: &Peer) -> bool;
    fn boxed_clone(&self) -> Box<dyn DynOpener>;
}

impl<O: Opener> DynOpener for O {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut StreamIo,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        Opener::poll_open(self, cx, io, opening)
    }

    fn changes_address(&self, peer: &Peer) -> bool {
        Opener::changes_address(self, peer)
    }

    fn boxed_clone(&self) -> Box<dyn DynOpener> {
        Box::new(self.clone())
    }
}

/// The remaining openers, the next one last.
#[derive(Default)]
pub(super) struct Openers(Option<Box<Chain>>);

/// Boxed, since most connections have none, and an open one has none left.
#[derive(Default)]
struct Chain(Vec<Box<dyn DynOpener>>);

impl Openers {
    /// Appends an opener that runs after all others.
    pub(super) fn push(&mut self, opener: impl Opener) {
        self.0.get_or_insert_default().0.insert(0, Box::new(opener));
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |chain| chain.0.len())
    }

    /// Appends clones of `others`, which run after the present ones.
    pub(super) fn extend(&mut self, others: &Self) {
        if let Some(others) = &others.0 {
            let clones = others.0.iter().map(|opener| opener.boxed_clone());
            self.0.get_or_insert_default().0.splice(0..0, clones);
        }
    }

    /// Returns the next opener. The peer's address is settled once no remaining
    /// opener may change it.
    pub(super) fn next(&mut self, opening: &mut Opening<'_>) -> Option<&mut dyn DynOpener> {
        let chain = self.0.as_mut().map(|chain| &mut chain.0);
        let left = chain.as_deref().map(Vec::as_slice).unwrap_or_default();
        let changes = left.iter().any(|opener| opener.changes_address(opening.peer));
        opening.settled = !changes && !opening.changes_later;
        match chain?.last_mut() {
            Some(opener) => Some(&mut **opener),
            None => None,
        }
    }

    /// Removes the next opener, and with the last one their memory.
    pub(super) fn next_is_done(&mut self) {
        if let Some(chain) = &mut self.0 {
            chain.0.pop();
            if chain.0.is_empty() {
                self.0 = None;
            }
        }
    }
}
