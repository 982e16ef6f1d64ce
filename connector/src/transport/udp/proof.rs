//! The bytes that may be sent to an address that has not shown that it receives.

use connector_protocol::pomelo::package::{HANDSHAKE_ACK, PackageType};

use super::rules::{Rules, kind};

/// What is known of whether an address receives what is sent to it: the source address of a
/// datagram may be forged, and whose it is would get the answers.
///
/// Until then the address is sent at most some times what has come from it. It has shown that
/// it receives once a datagram other than a handshake follows an answer. Whoever forges the
/// handshake may forge that too, since pomelo's clients repeat nothing that a server has
/// chosen; who only wants a large answer to a small question gets none.
#[derive(Debug)]
pub(super) enum Proof {
    Missing(Missing),
    Shown,
}

#[derive(Debug)]
pub(super) struct Missing {
    rules: Rules,
    received: usize,
    sent: usize,
    greeted: bool,
    /// The first datagram of this side, which is sent again to an address that asks again.
    answer: Vec<u8>,
    answered: bool,
}

/// What to do with a datagram that has arrived.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    /// It is for the session.
    Deliver,
    /// It is, and it is the handshake.
    Greeting,
    /// It is, and the handshake's ack goes before it, which was lost or overtaken.
    DeliverBehindAck(&'static [u8]),
    /// It is a copy of what the session has had, or nothing that it takes yet.
    Drop,
    /// It is a copy, and the answer is to be sent once more.
    Repeat(Vec<u8>),
}

impl Proof {
    pub(super) fn new(rules: Rules) -> Self {
        Self::Missing(Missing {
            rules,
            received: 0,
            sent: 0,
            greeted: false,
            answer: Vec::new(),
            answered: false,
        })
    }

    pub(super) fn is_shown(&self) -> bool {
        matches!(self, Self::Shown)
    }

    /// Takes note of a datagram that has arrived.
    pub(super) fn received(&mut self, datagram: &[u8]) -> Arrived {
        let Self::Missing(missing) = self else { return Arrived::Deliver };
        missing.received = missing.received.saturating_add(datagram.len());
        if !missing.rules.handshake {
            if missing.answered {
                *self = Self::Shown;
            }
            return Arrived::Deliver;
        }
        match kind(datagram) {
            Some(PackageType::Handshake) if !missing.greeted => {
                missing.greeted = true;
                Arrived::Greeting
            }
            Some(PackageType::Handshake) => missing.repeat(),
            // The session takes nothing before its answer.
            _ if !missing.answered => Arrived::Drop,
            kind => {
                *self = Self::Shown;
                match kind {
                    Some(PackageType::Data | PackageType::Heartbeat) => {
                        Arrived::DeliverBehindAck(&HANDSHAKE_ACK)
                    }
                    _ => Arrived::Deliver,
                }
            }
        }
    }

    /// Returns `true` if a datagram may be sent, and counts it. The first one is kept, and is
    /// sent once it may be.
    pub(super) fn sends(&mut self, datagram: &[u8]) -> bool {
        let Self::Missing(missing) = self else { return true };
        let may = missing.count(datagram.len());
        missing.answered |= may;
        if missing.rules.handshake && missing.answer.is_empty() {
            missing.answer = datagram.to_vec();
        }
        may
    }

    /// Returns `true` if a datagram that may not be sent is kept for when its address asks
    /// again, or given up. Without a handshake it waits for the address to send something.
    pub(super) fn keeps(&self) -> bool {
        matches!(self, Self::Missing(missing) if missing.rules.handshake)
    }

    /// Returns the most bytes that may be sent, if that is limited.
    pub(super) fn most(&self) -> Option<usize> {
        match self {
            Self::Missing(missing) => Some(missing.most()),
            Self::Shown => None,
        }
    }
}

impl Missing {
    fn most(&self) -> usize {
        self.received.saturating_mul(self.rules.answer_times as usize)
    }

    fn count(&mut self, len: usize) -> bool {
        let sent = self.sent.saturating_add(len);
        let may = sent <= self.most();
        if may {
            self.sent = sent;
        }
        may
    }

    fn repeat(&mut self) -> Arrived {
        let len = self.answer.len();
        if len == 0 || !self.count(len) {
            return Arrived::Drop;
        }
        self.answered = true;
        Arrived::Repeat(self.answer.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &[u8] = b"\x01\x00\x00\x02{}";
    const DATA: &[u8] = b"\x04\x00\x00\x01x";
    const ANSWER: &[u8] = b"\x01\x00\x00\x04{  }";

    fn greeted() -> Proof {
        let mut proof = Proof::new(Rules::default());
        assert_eq!(proof.received(HELLO), Arrived::Greeting);
        proof
    }

    #[test]
    fn an_unknown_address_gets_three_times_what_it_has_sent() {
        let mut proof = greeted();
        assert_eq!(proof.most(), Some(18));
        assert!(proof.sends(&[0; 18]) && !proof.sends(&[0]));
        assert_eq!(proof.received(HELLO), Arrived::Repeat(vec![0; 18]), "it has asked again");
        assert!(!proof.sends(&[0]));
        let mut proof = greeted();
        assert!(!proof.sends(&[0; 37]), "it is withheld");
        assert_eq!(proof.received(DATA), Arrived::Drop, "which nothing was answered to");
        assert_eq!(proof.received(HELLO), Arrived::Repeat(vec![0; 37]), "until it may be sent");
    }

    /// Datagrams in an order that looks random: greetings, what may be forged behind them, and
    /// answers of all sizes.
    #[test]
    fn an_address_that_shows_nothing_gets_no_more_than_three_times_what_it_has_sent() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..2_000 {
            let handshake = random.bool();
            let mut proof = Proof::new(Rules { handshake, ..Rules::default() });
            let (mut received, mut sent) = (0, 0);
            for _ in 0..random.usize(..40) {
                let datagram = [HELLO, DATA, &HANDSHAKE_ACK, b"", b"junk"][random.usize(..5)];
                received += datagram.len();
                if let Arrived::Repeat(answer) = proof.received(datagram) {
                    sent += answer.len();
                }
                let answer = vec![0; random.usize(..30)];
                if !proof.is_shown() && random.bool() && proof.sends(&answer) {
                    sent += answer.len();
                }
                if proof.is_shown() {
                    break;
                }
                assert!(sent <= 3 * received, "{sent} bytes for {received}");
                assert_eq!(proof.most(), Some(3 * received));
            }
        }
    }

    #[test]
    fn an_address_that_goes_on_after_the_answer_receives() {
        for (next, wanted) in [
            (&HANDSHAKE_ACK[..], Arrived::Deliver),
            (DATA, Arrived::DeliverBehindAck(&HANDSHAKE_ACK)),
            (b"\x03\0\0\0", Arrived::DeliverBehindAck(&HANDSHAKE_ACK)),
        ] {
            let mut proof = greeted();
            assert!(proof.sends(ANSWER));
            assert_eq!(proof.received(next), wanted);
            assert!(proof.is_shown() && proof.sends(&[0; 65_507]));
            assert_eq!(proof.received(HELLO), Arrived::Deliver, "the session ignores it");
        }
        let mut proof = greeted();
        assert_eq!(proof.received(DATA), Arrived::Drop, "before the answer it shows nothing");
        assert!(!proof.is_shown());
    }

    #[test]
    fn without_a_handshake_an_answer_and_what_follows_it_count() {
        let mut proof = Proof::new(Rules { handshake: false, ..Rules::default() });
        assert_eq!(
            (proof.received(b"ab"), proof.received(b"c")),
            (Arrived::Deliver, Arrived::Deliver)
        );
        assert!(!proof.is_shown());
        assert!(proof.sends(&[0; 9]) && !proof.sends(&[0]));
        assert_eq!(proof.received(b"d"), Arrived::Deliver);
        assert!(proof.is_shown());
    }
}
