//! Sessions: one client, from the handshake to the close.

mod clients;
mod handle;
mod registry;
#[cfg(test)]
mod tests;

pub(crate) use handle::Shared;
pub use handle::{BindError, Session, SessionId};
pub(crate) use registry::Registry;

pub use crate::connection::PushError;
