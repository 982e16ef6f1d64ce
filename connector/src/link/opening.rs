//! The opening of a connection.

use std::task::Poll;
#[cfg(feature = "sio")]
use std::time::Duration;

use super::{Inbox, Moves};
use crate::Peer;
use crate::connector::Address;

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
    /// Whether the link itself will learn another address, behind its openers.
    pub(crate) changes_later: bool,
    /// The largest package that is accepted later, if that is more than now.
    pub(crate) later_limit: usize,
    /// Whether somebody decides about the peer, see [`Opening::poll_admitted`].
    pub(crate) decides: bool,
    /// The address that may connect.
    pub(crate) admitted: Option<Address>,
    /// Whether every package is a text.
    pub(crate) text: bool,
    /// The later addresses of a peer that may change its own while it is connected.
    pub(crate) moves: Option<Moves>,
    /// The address on loopback at which a plugin listens: pages that nobody named may not
    /// connect there.
    #[cfg(feature = "plugin")]
    pub(crate) loopback: Option<std::net::SocketAddr>,
    /// The heartbeats of links that have some of their own, if they are on.
    #[cfg(feature = "sio")]
    pub(crate) heartbeat: Option<Heartbeat>,
}

/// The heartbeats of a connection.
#[cfg(feature = "sio")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heartbeat {
    /// The time between two of them.
    pub(crate) interval: Duration,
    /// The time beyond that in which a silent peer has to answer.
    pub(crate) patience: Duration,
}

impl<'a> Opening<'a> {
    /// Creates the opening of a connection with this peer.
    pub fn new(inbox: &'a mut Inbox, peer: &'a mut Peer) -> Self {
        let later_limit = inbox.limit();
        Self {
            inbox,
            peer,
            settled: true,
            changes_later: false,
            later_limit,
            decides: false,
            admitted: None,
            text: false,
            moves: None,
            #[cfg(feature = "plugin")]
            loopback: None,
            #[cfg(feature = "sio")]
            heartbeat: crate::Config::new().heartbeat_of_links(),
        }
    }

    /// Waits until the server has decided that a client with the peer's address may connect.
    /// A step calls it once that address is known, and before it sends anything. It needs no
    /// waker: the step is polled again with the decision. Ready at once where nobody decides.
    pub fn poll_admitted(&mut self) -> Poll<()> {
        if !self.decides || self.changes_later || self.is_admitted() {
            return Poll::Ready(());
        }
        self.settled = true;
        Poll::Pending
    }

    /// Returns `true` if every package is a text in UTF-8, as those of plugins are. A link
    /// that tells texts from bytes, as a WebSocket does, then sends texts.
    pub fn is_text(&self) -> bool {
        self.text
    }

    /// Returns whether the peer's present address may connect.
    pub(crate) fn is_admitted(&self) -> bool {
        self.admitted.as_ref() == Some(&self.peer.address)
    }

    /// Returns the size of the largest package that is ever accepted on this connection, in
    /// bytes. [`Inbox::limit`] is lower until a server's session is open.
    pub fn limit(&self) -> usize {
        self.later_limit.max(self.inbox.limit())
    }
}
