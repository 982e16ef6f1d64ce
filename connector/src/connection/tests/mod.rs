//! The loop on a link in memory: scripted faults, a clock that the test moves,
//! and wake-ups that are counted.
//!
//! | file | part of the bench |
//! |---|---|
//! | `pipe` | a byte stream in memory, whose reads and writes do as scripted |
//! | `faulty` | the link on it, and the bare other end |
//! | `probe` | a side that notes what happens to it |
//! | `bench` | one connection with all of these, and a pair of them |
//! | `woken` | wakers that count, and an executor that polls only what was woken |

mod bench;
mod faulty;
mod pipe;
mod probe;
mod woken;

mod budget;
mod busy;
mod clock;
mod close;
mod encoder;
mod ends;
mod failed_writes;
mod handshake;
mod held;
mod lending;
mod machines;
mod outbox;
mod own_faults;
mod plugins;
mod replies;
mod sending;
mod stall;
mod transfer;
mod waking;

use std::time::Duration;

use super::UNSENT;

/// The unit of the clocks that tests move.
const SECOND: Duration = Duration::from_secs(1);
