//! This side's messages at QoS 1 that are not acknowledged, and what waits behind them.

use std::collections::{BTreeSet, VecDeque};

use crate::CloseReason;

/// The memory of a packet that waits besides its bytes, about.
const EACH: usize = 64;

/// The packet identifiers of this side, and the packets that wait for one.
///
/// While one waits, all behind it do, so that messages keep their order.
#[derive(Debug)]
pub(super) struct Window {
    unacknowledged: BTreeSet<u16>,
    /// How many of them there may be. At least 1.
    most: u16,
    /// The last identifier that was given.
    last: u16,
    waiting: VecDeque<Waiting>,
    queued: usize,
    /// The most bytes that may wait.
    limit: usize,
}

#[derive(Debug)]
struct Waiting {
    packet: Vec<u8>,
    /// The place of its packet identifier, if it has one.
    place: Option<usize>,
}

impl Window {
    pub(super) fn new(most: u16, limit: usize) -> Self {
        Self {
            unacknowledged: BTreeSet::new(),
            most: most.max(1),
            last: 0,
            waiting: VecDeque::new(),
            queued: 0,
            limit,
        }
    }

    /// Lowers how many messages may be unacknowledged.
    pub(super) fn limit_to(&mut self, most: u16) {
        self.most = self.most.min(most.max(1));
    }

    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    /// Returns about how much memory the packets that wait take besides their bytes.
    pub(super) fn overhead(&self) -> usize {
        self.waiting.len() * EACH
    }

    /// Sends the packet that begins at `start` of `out`, or keeps it. `place` is that of its
    /// identifier in `out`.
    ///
    /// # Errors
    /// Returns [`CloseReason::SlowPeer`] if more waits than may.
    pub(super) fn send(
        &mut self,
        start: usize,
        place: Option<usize>,
        out: &mut Vec<u8>,
    ) -> Result<(), CloseReason> {
        if self.waiting.is_empty() && self.number(place, out) {
            return Ok(());
        }
        let packet = out.split_off(start);
        self.queued += packet.len();
        self.waiting.push_back(Waiting { packet, place: place.map(|place| place - start) });
        if self.queued > self.limit {
            return Err(CloseReason::SlowPeer { queued: self.queued, limit: self.limit });
        }
        Ok(())
    }

    /// Takes an acknowledgement. Returns whether there was such a message.
    pub(super) fn acknowledge(&mut self, id: u16) -> bool {
        self.unacknowledged.remove(&id)
    }

    /// Sends what waits, as far as it may.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) {
        while let Some(mut first) = self.waiting.pop_front() {
            if !self.number(first.place, &mut first.packet) {
                self.waiting.push_front(first);
                return;
            }
            self.queued -= first.packet.len();
            out.append(&mut first.packet);
        }
        // A burst leaves no memory behind.
        self.waiting = VecDeque::new();
    }

    /// Writes a packet identifier to its place. Returns `false` if none may be given now.
    fn number(&mut self, place: Option<usize>, packet: &mut [u8]) -> bool {
        let Some(place) = place else { return true };
        if self.unacknowledged.len() >= usize::from(self.most) {
            return false;
        }
        // There is a free one, since fewer than all are in use, and 0 is none.
        loop {
            self.last = self.last.checked_add(1).unwrap_or(1);
            if self.unacknowledged.insert(self.last) {
                break;
            }
        }
        packet[place..place + 2].copy_from_slice(&self.last.to_be_bytes());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(window: &mut Window, text: &[u8], acknowledged: bool) -> Vec<u8> {
        let mut out = text.to_vec();
        if acknowledged {
            out.extend_from_slice(&[0, 0]);
        }
        let place = acknowledged.then_some(text.len());
        window.send(0, place, &mut out).unwrap();
        out
    }

    #[test]
    fn messages_wait_for_acknowledgements_in_their_order() {
        let mut window = Window::new(2, 100);
        assert_eq!(send(&mut window, b"a", true), b"a\0\x01");
        assert_eq!(send(&mut window, b"b", true), b"b\0\x02");
        assert_eq!(send(&mut window, b"c", true), b"");
        assert_eq!(send(&mut window, b"d", false), b"", "it would overtake");
        assert_eq!(send(&mut window, b"e", true), b"");
        assert_eq!(window.queued(), 7);
        let mut out = Vec::new();
        window.release(&mut out);
        assert_eq!(out, b"", "nothing is acknowledged");
        assert!(window.acknowledge(1));
        assert!(!window.acknowledge(1));
        window.release(&mut out);
        assert_eq!(out, b"c\0\x03d");
        assert!(window.acknowledge(3));
        window.release(&mut out);
        assert_eq!(out, b"c\0\x03de\0\x04");
        assert_eq!(window.queued(), 0);
    }

    #[test]
    fn short_messages_take_more_memory_than_their_bytes() {
        let mut window = Window::new(1, 100_000);
        for _ in 0..1_001 {
            send(&mut window, b"", true);
        }
        assert_eq!((window.queued(), window.overhead()), (2_000, 64_000));
        window.acknowledge(1);
        window.release(&mut Vec::new());
        assert_eq!(window.overhead(), 63_936);
    }

    #[test]
    fn identifiers_are_not_given_twice_and_never_zero() {
        let mut window = Window::new(3, 0);
        window.last = u16::MAX - 1;
        assert_eq!(send(&mut window, b"", true), [0xff, 0xff]);
        assert_eq!(send(&mut window, b"", true), [0, 1]);
        window.last = u16::MAX - 1;
        assert_eq!(send(&mut window, b"", true), [0, 2]);
    }

    #[test]
    fn a_peer_that_acknowledges_nothing_is_given_up() {
        let mut window = Window::new(1, 4);
        send(&mut window, b"a", true);
        send(&mut window, b"b", true);
        let mut out = b"cc".to_vec();
        let refused = window.send(0, None, &mut out);
        assert_eq!(refused, Err(CloseReason::SlowPeer { queued: 5, limit: 4 }));
    }
}
