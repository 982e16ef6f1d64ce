//! Sessions: one client, from the handshake to the close.

mod clients;
mod handle;
mod limits;
mod outbox;
mod registry;
#[cfg(test)]
mod tests;
mod waiting;
mod wire;

pub(crate) use handle::Shared;
pub use handle::{BindError, Session, SessionId};
pub(crate) use limits::{Told, TooMany};
pub use outbox::PushError;
pub(crate) use outbox::{CloseOrder, Outbox};
pub(crate) use registry::{Admission, Registry};
pub(crate) use wire::{Encoded, Wire};
