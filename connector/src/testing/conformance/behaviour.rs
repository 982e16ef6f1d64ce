//! What is demanded of a connector.

use std::fmt;

/// One of the ten behaviours that every connector has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Behaviour {
    /// Packages that arrive byte by byte.
    Pieces,
    /// Packages that arrive stuck together.
    Stuck,
    /// Packages keep their order.
    Order,
    /// Several packages sent at once.
    Batch,
    /// Either side closes.
    Closing,
    /// The peer vanishes.
    AbruptDeath,
    /// Stop, and start again.
    Restart,
    /// A peer that does not read.
    Backpressure,
    /// A package that is too large.
    SizeLimit,
    /// A peer that does not finish opening.
    SlowOpen,
}

impl Behaviour {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 10] = [
        Self::Pieces,
        Self::Stuck,
        Self::Order,
        Self::Batch,
        Self::Closing,
        Self::AbruptDeath,
        Self::Restart,
        Self::Backpressure,
        Self::SizeLimit,
        Self::SlowOpen,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pieces => "pieces",
            Self::Stuck => "stuck",
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

    /// What it demands, in a sentence.
    pub fn demand(self) -> &'static str {
        match self {
            Self::Pieces => "A package whose bytes arrive one by one is handed on once and whole.",
            Self::Stuck => {
                "Packages that arrive in one piece are handed on one by one, and the unfinished \
                 last one when the rest of it has come."
            }
            Self::Order => {
                "Packages of all sizes arrive whole and in the order in which they were sent, in \
                 both directions at once, wherever the stream is cut."
            }
            Self::Batch => {
                "Packages sent at once arrive complete and in order, joined as `Link::batch` says."
            }
            Self::Closing => {
                "Who is closed upon gets everything that was sent before, then the regular end, \
                 told as `PeerClosed`, and nothing after it."
            }
            Self::AbruptDeath => {
                "A peer that vanishes within a package is told as an error and not as a regular \
                 end, half a package is never handed on, and other connections go on."
            }
            Self::Restart => {
                "`stop` gives the address free and leaves open sockets alone; the same connector \
                 starts again at the same place and serves."
            }
            Self::Backpressure => {
                "Sending to a peer that does not read comes to a halt after a bounded number of \
                 bytes, its own packages and other sockets go on meanwhile, and nothing is lost \
                 once it reads."
            }
            Self::SizeLimit => {
                "A package of exactly `Inbox::limit` passes; one beyond it ends its connection as \
                 `TooLarge` before it has come whole, and no other connection."
            }
            Self::SlowOpen => {
                "Peers that do not finish opening delay no other, and are gone when they hang up."
            }
        }
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
