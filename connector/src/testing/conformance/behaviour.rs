//! The behaviours that a connector must have.

use std::fmt;

/// One of the ten behaviours that every connector must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Behaviour {
    /// Packages arrive byte by byte.
    Fragmented,
    /// Several packages arrive in one read.
    Coalesced,
    /// Packages keep their order.
    Order,
    /// Several packages are sent at once.
    Batch,
    /// Either side closes.
    Closing,
    /// The peer disappears without closing.
    AbruptDeath,
    /// The connector stops and starts again.
    Restart,
    /// The peer does not read.
    Backpressure,
    /// A package is too large.
    SizeLimit,
    /// A peer does not finish the opening of its connection.
    SlowOpen,
}

impl Behaviour {
    /// All behaviours, in the order in which they are reported.
    pub const ALL: [Self; 10] = [
        Self::Fragmented,
        Self::Coalesced,
        Self::Order,
        Self::Batch,
        Self::Closing,
        Self::AbruptDeath,
        Self::Restart,
        Self::Backpressure,
        Self::SizeLimit,
        Self::SlowOpen,
    ];

    /// Returns the name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fragmented => "fragmented",
            Self::Coalesced => "coalesced",
            Self::Order => "order",
            Self::Batch => "batch",
            Self::Closing => "closing",
            Self::AbruptDeath => "abrupt death",
            Self::Restart => "restart",
            Self::Backpressure => "backpressure",
            Self::SizeLimit => "size limit",
            Self::SlowOpen => "slow open",
        }
    }

    /// Returns the requirement, in a sentence.
    pub fn demand(self) -> &'static str {
        match self {
            Self::Fragmented => {
                "A package whose bytes arrive one by one is received once and complete."
            }
            Self::Coalesced => {
                "Packages that arrive in one read are received one by one, and an incomplete \
                 last one after its remaining bytes arrived."
            }
            Self::Order => {
                "Packages of all sizes arrive complete and in the order in which they were sent, in \
                 both directions at once, wherever the stream is cut."
            }
            Self::Batch => {
                "Packages that are sent at once arrive complete and in order, joined as `Link::batch` \
                 defines."
            }
            Self::Closing => {
                "When one side closes, the other gets everything that was sent before, then \
                 `PeerClosed`, and nothing after it."
            }
            Self::AbruptDeath => {
                "A peer that disappears within a package is reported as an error and not as \
                 `PeerClosed`, an incomplete package is never received, and other connections \
                 go on."
            }
            Self::Restart => {
                "`stop` frees the address and does not affect open sockets, and the same connector \
                 starts again at the same address."
            }
            Self::Backpressure => {
                "Sending to a peer that does not read stops after a bounded number of bytes, its \
                 own packages and other sockets go on meanwhile, and everything arrives when \
                 it reads again."
            }
            Self::SizeLimit => {
                "A package of exactly `Inbox::limit` is received. A larger one ends its connection \
                 with `TooLarge` before it is complete, and no other connection."
            }
            Self::SlowOpen => {
                "Peers that do not finish opening do not delay others, and their sockets end when \
                 they disconnect."
            }
        }
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
