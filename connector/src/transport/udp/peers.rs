//! The addresses that a port knows, and what their datagrams lead to.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use foldhash::fast::RandomState;

use super::mailbox::{Mailbox, QueuedInAll};
use super::rules::{Rules, is_handshake};
use crate::runtime::Instant;

/// The time in which a handshake that is equal to the session's own is a copy that the network
/// has made, or that a client has sent because it got no answer. A later one is that of a
/// client that has started again.
const COPIES: Duration = Duration::from_secs(5);
/// The most datagrams a second from unknown addresses that are answered.
const ANSWERS: u32 = 1_000;
/// The time in which these are counted.
const SECOND: Duration = Duration::from_secs(1);

/// The addresses that a port knows. It sees datagrams and the time, and no socket.
#[derive(Debug)]
pub(super) struct Peers {
    rules: Rules,
    known: HashMap<SocketAddr, Known, RandomState>,
    /// The addresses that have not shown that they receive, the oldest first.
    unfinished: BTreeMap<u64, SocketAddr>,
    /// Those whose links are not accepted yet, the oldest first.
    new: BTreeMap<u64, NewPeer>,
    begun: u64,
    queued: Arc<QueuedInAll>,
    listening: bool,
    /// The start of the second in which so many datagrams of unknown addresses were answered.
    answers: (Instant, u32),
}

/// An address with a session.
#[derive(Debug)]
struct Known {
    id: u64,
    mailbox: Arc<Mailbox>,
    /// The hash of the datagram that has begun the session.
    hello: u64,
    begun: Instant,
}

/// An address that has begun a session.
#[derive(Clone, Debug)]
pub(super) struct NewPeer {
    pub(super) address: SocketAddr,
    pub(super) id: u64,
    pub(super) mailbox: Arc<Mailbox>,
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It waits for its link.
    Queued,
    /// It is the first of a link, which is to be accepted.
    Begun,
    /// It has ended its link.
    Ended,
    /// It is a copy of what its session has had.
    Copy,
    /// There is no room for it.
    Full,
    /// Nobody knows its address.
    Unknown {
        /// The address is to be told, by an empty datagram.
        answer: bool,
    },
}

impl Peers {
    pub(super) fn new(rules: Rules, now: Instant) -> Self {
        Self {
            rules,
            known: HashMap::default(),
            unfinished: BTreeMap::new(),
            new: BTreeMap::new(),
            begun: 0,
            queued: Arc::default(),
            listening: true,
            answers: (now, 0),
        }
    }

    /// Handles a datagram.
    pub(super) fn receive(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) -> Verdict {
        let begins = self.rules.begins(datagram);
        let Some(known) = self.known.get(&from) else {
            if begins && self.listening {
                return self.begin(from, datagram, now);
            }
            return Verdict::Unknown { answer: !datagram.is_empty() && self.may_answer(now) };
        };
        if datagram.is_empty() {
            known.mailbox.end(CloseReason::PeerClosed);
            return Verdict::Ended;
        }
        if self.rules.handshake && is_handshake(datagram) {
            let unfinished = self.unfinished.contains_key(&known.id);
            let equal = self.known.hasher().hash_one(datagram) == known.hello;
            let young = unfinished || now < known.begun + COPIES;
            let copy = equal && young && !known.mailbox.is_ended();
            if !copy {
                return self.begin_again(from, datagram, now);
            }
            if !unfinished {
                return Verdict::Copy;
            }
        }
        if known.mailbox.put(datagram, now) { Verdict::Queued } else { Verdict::Full }
    }

    /// Returns the oldest link that is not accepted.
    pub(super) fn accept(&mut self) -> Option<NewPeer> {
        self.new.pop_first().map(|(_, new)| new)
    }

    /// Takes note that an address has shown that it receives.
    pub(super) fn finish(&mut self, id: u64) {
        self.unfinished.remove(&id);
    }

    /// Returns `true` while a link is that of its address.
    pub(super) fn has(&self, address: SocketAddr, id: u64) -> bool {
        self.known.get(&address).is_some_and(|known| known.id == id)
    }

    /// Forgets the address of a link that has ended.
    pub(super) fn forget(&mut self, address: SocketAddr, id: u64) {
        self.unfinished.remove(&id);
        if self.has(address, id) {
            self.known.remove(&address);
        }
        if self.known.is_empty() {
            self.known.shrink_to(0);
        }
    }

    /// Takes new sessions, or takes none.
    pub(super) fn listen(&mut self, listens: bool) {
        self.listening = listens;
        if !listens {
            for (id, new) in std::mem::take(&mut self.new) {
                self.forget(new.address, id);
            }
        }
    }

    /// Gives up the addresses that were silent for too long.
    pub(super) fn sweep(&self, now: Instant) {
        for known in self.known.values() {
            if now.saturating_duration_since(known.mailbox.heard()) >= self.rules.idle {
                known.mailbox.end(CloseReason::HeartbeatTimeout);
            }
        }
    }

    fn begin(&mut self, address: SocketAddr, datagram: &[u8], now: Instant) -> Verdict {
        while self.unfinished.len() >= self.rules.unfinished.max(1) {
            self.give_up_oldest();
        }
        let mailbox = Arc::new(Mailbox::new(&self.queued, self.rules.queued, now));
        if !mailbox.put(datagram, now) {
            return Verdict::Full;
        }
        let hello = self.known.hasher().hash_one(datagram);
        let id = self.begun;
        self.begun += 1;
        self.known.insert(address, Known { id, mailbox: mailbox.clone(), hello, begun: now });
        self.unfinished.insert(id, address);
        self.new.insert(id, NewPeer { address, id, mailbox });
        Verdict::Begun
    }

    /// Ends the session of an address that introduces itself anew.
    fn begin_again(&mut self, address: SocketAddr, datagram: &[u8], now: Instant) -> Verdict {
        if let Some(old) = self.known.remove(&address) {
            self.unfinished.remove(&old.id);
            self.new.remove(&old.id);
            old.mailbox.end(lost("its client has begun another one from the same address"));
        }
        if self.listening { self.begin(address, datagram, now) } else { Verdict::Ended }
    }

    /// Makes room for a newcomer. A client answers within a round trip, so that in a flood of
    /// forged addresses the oldest are the least likely to be clients.
    fn give_up_oldest(&mut self) {
        let Some((id, address)) = self.unfinished.pop_first() else { return };
        self.new.remove(&id);
        if let Some(known) = self.known.remove(&address) {
            known.mailbox.cut_off(lost("too many addresses have not finished their handshake"));
        }
    }

    fn may_answer(&mut self, now: Instant) -> bool {
        let (since, answers) = &mut self.answers;
        if now.saturating_duration_since(*since) >= SECOND {
            (*since, *answers) = (now, 0);
        }
        *answers += 1;
        *answers <= ANSWERS
    }
}

/// The end of a link whose address must not be sent anything more.
fn lost(message: &str) -> CloseReason {
    let kind = io::ErrorKind::ConnectionReset;
    CloseReason::Lost { kind, message: message.to_owned() }
}
