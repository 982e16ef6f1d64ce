//! One connection being driven: what server, client and plugin share.

mod batcher;
mod budget;
mod close;
mod dictionary;
mod encoder;
mod handshake;
mod io;
mod outbox;
#[cfg(test)]
mod tests;
mod waiting;

pub(crate) use batcher::Batcher;
pub(crate) use dictionary::Dictionary;
pub(crate) use encoder::{Encoded, Encoder};
pub(crate) use handshake::open_link;
pub(crate) use io::{Connection, Flow, Pause, Side, Turn};
pub use outbox::PushError;
pub(crate) use outbox::{CloseOrder, Outbox, Put};
