//! The rules of a port for its peers.

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::package::{HEADER, Package, PackageType};

use super::DatagramSize;

/// The settings of a UDP port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) size: DatagramSize,
    /// Sessions begin by pomelo's handshake.
    pub(super) handshake: bool,
    /// An address that has not shown that it receives gets so many times what it has sent.
    pub(super) answer_times: u32,
    /// The addresses that may have begun a session and not shown that they receive.
    pub(super) unfinished: usize,
    /// The bytes that may wait for all links.
    pub(super) queued: usize,
    /// The time after which a silent address is given up.
    pub(super) idle: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            size: DatagramSize::default(),
            handshake: true,
            answer_times: 3,
            unfinished: 4_096,
            queued: 64 << 20,
            idle: Duration::from_secs(120),
        }
    }
}

impl Rules {
    /// Returns `true` for a datagram that begins a session.
    pub(super) fn begins(self, datagram: &[u8]) -> bool {
        if self.handshake { is_handshake(datagram) } else { !datagram.is_empty() }
    }

    /// Checks the size of each package of a datagram. What is not a package is left to the
    /// session.
    pub(super) fn check(self, datagram: &[u8], limit: usize) -> Result<(), CloseReason> {
        let size = if self.handshake { longest(datagram) } else { datagram.len() };
        if size > limit { Err(CloseReason::TooLarge { size, limit }) } else { Ok(()) }
    }
}

/// Returns the size of the longest body in a row of pomelo's packages.
fn longest(mut datagram: &[u8]) -> usize {
    let mut longest = 0;
    while !datagram.is_empty()
        && let Ok(package) = Package::take(&mut datagram)
    {
        longest = longest.max(package.body.len());
    }
    longest.max(datagram.len())
}

/// Returns a handshake without the spaces behind its JSON, with which clients pad it: they are
/// asked for by the transport, and no limit of the session's is to count them.
pub(super) fn unpadded(handshake: &[u8]) -> Vec<u8> {
    let mut package = handshake.trim_ascii_end().to_vec();
    if package.len() < HEADER {
        return handshake.to_vec();
    }
    let [_, a, b, c] = ((package.len() - HEADER) as u32).to_be_bytes();
    package[1..HEADER].copy_from_slice(&[a, b, c]);
    package
}

/// Returns the type of a datagram's first package.
pub(super) fn kind(mut datagram: &[u8]) -> Option<PackageType> {
    Package::take(&mut datagram).ok().map(|package| package.kind)
}

/// Returns `true` for a datagram of one handshake package.
pub(super) fn is_handshake(mut datagram: &[u8]) -> bool {
    let package = Package::take(&mut datagram);
    package.is_ok_and(|package| package.kind == PackageType::Handshake) && datagram.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_whole_handshake_begins_a_session() {
        let rules = Rules::default();
        assert!(rules.begins(b"\x01\0\0\x02{}") && rules.begins(b"\x01\0\0\0"));
        for other in [
            &b""[..],
            b"\x01",
            b"\x01\0\0\x03{}",
            b"\x01\0\0\x01{}",
            b"\x02\0\0\0",
            b"\x04\0\0\x02{}",
            b"GET / HTTP/1.1",
        ] {
            assert!(!rules.begins(other), "{other:?}");
        }
        let bare = Rules { handshake: false, ..rules };
        assert!(bare.begins(b"anything") && !bare.begins(b""));
    }

    #[test]
    fn the_spaces_of_a_handshake_do_not_count() {
        for (padded, wanted) in [
            (&b"\x01\0\0\x06{}    "[..], &b"\x01\0\0\x02{}"[..]),
            (b"\x01\0\0\x02{}", b"\x01\0\0\x02{}"),
            (b"\x01\0\0\x02  ", b"\x01\0\0\0"),
            (b"\x01\0\0\0", b"\x01\0\0\0"),
        ] {
            assert!(is_handshake(padded));
            assert_eq!(unpadded(padded), wanted);
        }
        // A length of spaces is a length.
        let long = [&b"\x01\0\x20\x20"[..], &[b' '; 0x2020]].concat();
        assert!(is_handshake(&long) && is_handshake(&unpadded(&long)));
    }

    #[test]
    fn the_limit_counts_bodies_of_packages() {
        let rules = Rules::default();
        let two = b"\x04\0\0\x02ab\x04\0\0\x03abc";
        assert_eq!(rules.check(two, 3), Ok(()));
        assert_eq!(rules.check(two, 2), Err(CloseReason::TooLarge { size: 3, limit: 2 }));
        let garbage = b"\x04\0\0\0garbage";
        assert_eq!(rules.check(garbage, 7), Ok(()), "the session finds out");
        assert_eq!(rules.check(garbage, 6), Err(CloseReason::TooLarge { size: 7, limit: 6 }));
        let bare = Rules { handshake: false, ..rules };
        assert_eq!(bare.check(two, 12), Err(CloseReason::TooLarge { size: 13, limit: 12 }));
    }
}
