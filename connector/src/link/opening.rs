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
    /// Whether the connection can be counted for the peer's address: an opener that
    /// is still to come may change it.
    pub(crate) settled: bool,
    /// The largest package that is accepted later, if that is more than now.
    pub(crate) later_limit: usize,
}

impl<'a> Opening<'a> {
    /// Creates the opening of a connection with this peer.
    pub fn new(inbox: &'a mut Inbox, peer: &'a mut Peer) -> Self {
        let later_limit = inbox.limit();
        Self { inbox, peer, settled: true, later_limit }
    }

    /// Returns the size of the largest package that is ever accepted on this connection, in
    /// bytes. [`Inbox::limit`] is lower until a server's session is open.
    pub fn limit(&self) -> usize {
        self.later_limit.max(self.inbox.limit())
    }
}
