//! One connection being driven: what server, client and plugin share.

mod close;
mod dictionary;
mod encoder;
mod outbox;
#[cfg(test)]
mod tests;
mod waiting;

#[cfg(not(target_family = "wasm"))]
pub(crate) use close::say_goodbye;
pub(crate) use dictionary::Dictionary;
pub(crate) use encoder::{Encoded, Encoder};
pub use outbox::PushError;
pub(crate) use outbox::{CloseOrder, Outbox, Put};
