//! Sessions: one client, from the handshake to the close.

mod handle;
mod outbox;
mod registry;
mod wire;
#[cfg(test)]
mod tests;

pub use handle::{BindError, Session, SessionId};
pub(crate) use handle::Shared;
pub(crate) use outbox::{CloseOrder, Outbox, Push};
pub use outbox::PushError;
pub(crate) use registry::{Admission, Registry};
pub(crate) use wire::{Encoded, Wire};
