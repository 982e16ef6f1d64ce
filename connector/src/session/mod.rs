//! Sessions: one client, from the handshake to the close.
//!
//! A [`Session`] is a handle: handlers take it as an argument, hooks and channels are given
//! it, and [`ServerHandle`](crate::ServerHandle) finds it by [`SessionId`] or by the user
//! id that it is [bound](Session::bind) to. Its errors are [`BindError`] and [`PushError`].

mod clients;
mod handle;
mod registry;
#[cfg(test)]
mod tests;

pub(crate) use handle::Shared;
pub use handle::{BindError, Session, SessionId};
pub(crate) use registry::Registry;

pub use crate::connection::PushError;
