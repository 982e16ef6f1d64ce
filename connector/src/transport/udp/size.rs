//! The sizes of datagrams, as frames of links.

use connector_protocol::framing::{Envelope, TooLong};

use crate::link::Boundaries;

/// The most bytes of a datagram that is sent. What is received may be larger, up to
/// [`Limits::package`](crate::Limits::package).
///
/// A message that does not fit is an error where it is sent: a push and a request fail, and a
/// handler's answer becomes the code 500. Its session goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DatagramSize {
    /// 1,200 bytes, which pass every network that QUIC passes, tunnels and IPv6 included,
    /// without being cut into fragments. The default.
    #[default]
    Minimal,
    /// 1,472 bytes: a packet of Ethernet over IPv4. It is cut into two within tunnels, over
    /// IPv6 and over many mobile networks.
    Ethernet,
    /// 65,507 bytes, the most that IPv4 allows, as pomelo sends them. The network cuts them
    /// into fragments: losing one loses them all, and some networks pass no fragment.
    Largest,
}

impl DatagramSize {
    /// Returns the number of bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Minimal => 1_200,
            Self::Ethernet => 1_472,
            Self::Largest => 65_507,
        }
    }

    /// Returns the frame of packages that have to fit.
    pub(super) fn frame(self) -> &'static dyn Envelope {
        match self {
            Self::Minimal => &Datagram::<{ Self::Minimal.bytes() }>,
            Self::Ethernet => &Datagram::<{ Self::Ethernet.bytes() }>,
            Self::Largest => &Datagram::<{ Self::Largest.bytes() }>,
        }
    }
}

/// The frame of a package that has to fit into a datagram: that of [`Boundaries`].
struct Datagram<const MOST: usize>;

/// The length in front of the package, in bytes.
const LENGTH: usize = size_of::<u32>();

impl<const MOST: usize> Envelope for Datagram<MOST> {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        Boundaries::new().begin(out)
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        TooLong::check(out.len() - mark - LENGTH, MOST)?;
        Boundaries::new().finish(mark, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{Batch, Outgoing};

    #[test]
    fn a_package_fits_up_to_its_last_byte() {
        for size in [DatagramSize::Minimal, DatagramSize::Ethernet, DatagramSize::Largest] {
            let most = vec![7; size.bytes()];
            let mut outgoing = Outgoing::default();
            Batch::Each.write(size.frame(), &[&most], outgoing.buf()).unwrap();
            assert_eq!(outgoing.package(), Some(&*most));
            outgoing.package_sent();
            let over = vec![7; size.bytes() + 1];
            let refused = Batch::Each.write(size.frame(), &[&over], outgoing.buf()).unwrap_err();
            let limit = size.bytes();
            assert_eq!(refused, crate::CloseReason::TooLarge { size: limit + 1, limit });
            assert!(outgoing.is_empty(), "nothing of it is left");
        }
    }
}
