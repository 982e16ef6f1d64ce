//! A connection that is being opened.

use super::Inbox;
use crate::Peer;

/// A connection between its accept and its first package, lent to whatever
/// opens it.
///
/// Both may change until the connection is open: an opener reads what is meant
/// for it off the inbox and leaves the rest there, and corrects the peer's
/// facts, as a proxy's header or an upgrade tells more about it.
#[derive(Debug)]
pub struct Opening<'a> {
    /// What has arrived. [`Inbox::unread`] belongs to whoever opens next, and in
    /// the end to the packages.
    pub inbox: &'a mut Inbox,
    /// Who is at the other end, as far as is known.
    pub peer: &'a mut Peer,
    /// Whether the connection can be counted for the peer's address: an opener that
    /// is still to come may change it.
    pub(crate) settled: bool,
}

impl<'a> Opening<'a> {
    /// The opening of a connection with this peer.
    pub fn new(inbox: &'a mut Inbox, peer: &'a mut Peer) -> Self {
        Self { inbox, peer, settled: true }
    }
}
