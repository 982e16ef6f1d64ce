//! Connections: the driver that server, client and plugin share.
//!
//! | module | content |
//! |---|---|
//! | `io` | the poll loop over machine, inbox and outgoing bytes |
//! | `handshake` | the steps from an open link to an open session |
//! | `close` | the end of a connection |
//! | `agreed` | the outcomes of handshakes, which many connections share |
//! | `encoder`, `encoded` | messages written for one peer, and for many of a kind |
//! | `dictionary` | the codes of routes |
//! | `outbox`, `waiting`, `batcher` | messages that wait to be sent |
//! | `push_error` | the error of a push |
//! | `budget` | the share of one poll |
//! | `deadlines` | when a connection is polled again, and its peer judged |
//! | `busy` | a connection whose packages wait |
//! | `held` | what has arrived and is not handled, for the limit of all connections |
//! | `rest` | messages of a peer that has left |
//! | `rare` | state that few connections have: a package that arrives slowly, the end |

mod agreed;
mod batcher;
mod budget;
mod busy;
mod close;
mod deadlines;
mod dictionary;
mod encoded;
mod encoder;
mod handshake;
mod held;
mod io;
mod outbox;
mod push_error;
mod rare;
mod rest;
mod sender;
mod side;
// Some of them drive the machines of a plugin and its engine.
#[cfg(test)]
#[cfg(feature = "plugin")]
mod tests;
mod waiting;

pub(crate) use agreed::{Agreed, Agreements};
pub(crate) use batcher::Batcher;
pub(crate) use budget::Budget;
pub(crate) use close::LAST_BYTES;
#[cfg(feature = "plugin")]
pub(crate) use close::{LINGER, Patience};
pub(crate) use deadlines::earlier;
pub(crate) use dictionary::Dictionary;
pub(crate) use encoded::Encoded;
pub(crate) use encoder::{Begun, Encoder, pack};
pub(crate) use handshake::open_link;
pub(crate) use io::Connection;
pub(crate) use outbox::{CloseOrder, Framed, Outbox, Put};
pub use push_error::PushError;
pub(crate) use side::{Flow, Pause, Side, Turn, UNSENT};
