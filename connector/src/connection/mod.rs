//! One connection being driven: what server, client and plugin share.

mod batcher;
mod budget;
mod close;
mod dictionary;
mod encoder;
mod handshake;
mod io;
mod outbox;
mod sender;
mod side;
#[cfg(test)]
mod tests;
mod waiting;

pub(crate) use batcher::Batcher;
pub(crate) use dictionary::Dictionary;
pub(crate) use encoder::{Agreed, Agreements, Encoded, Encoder};
pub(crate) use handshake::open_link;
pub(crate) use io::Connection;
pub use outbox::PushError;
pub(crate) use outbox::{CloseOrder, Outbox, Put};
pub(crate) use side::{Flow, Pause, Side, Turn};
