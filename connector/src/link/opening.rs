//! The opening of a connection.

use super::Inbox;
use crate::Peer;

/// A connection between its accept and its first package, lent to the steps that
/// open it.
///
/// Each step consumes its own bytes from the inbox and leaves the others there. It
/// may also correct the peer, as a proxy's header names the client behind it.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The bytes that have arrived. [`Inbox::unread`] is for the current step; bytes
    /// that the last step leaves are packages.
    pub inbox: &'a mut Inbox,
    /// The peer, as far as it is known.
    pub peer: &'a mut Peer,
    settled: bool,
}

impl<'a> Opening<'a> {
    /// Creates the opening of a connection with this peer.
    pub fn new(inbox: &'a mut Inbox, peer: &'a mut Peer) -> Self {
        Self { inbox, peer, settled: true }
    }

    /// Sets whether the connection can be counted for the peer's address: not while
    /// a later opener may change it.
    pub(crate) fn set_settled(&mut self, settled: bool) {
        self.settled = settled;
    }

    /// Returns whether the connection can be counted for the peer's address.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }
}
