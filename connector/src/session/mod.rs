//! Sessions: one client, from the handshake to the close.
//!
//! A [`Session`] is a handle: handlers take it as an argument, hooks and channels are given
//! it, and [`ServerHandle`](crate::ServerHandle) finds it by [`SessionId`] or by the user
//! id that it is [bound](Session::bind) to. Its errors are [`BindError`] and [`PushError`].

mod bind;
mod bind_error;
mod clients;
mod groups;
mod handle;
mod id;
mod push;
mod registry;
mod settings;
mod single;
mod state;
#[cfg(test)]
mod tests;
mod user;

pub use bind::Login;
pub use bind_error::BindError;
pub(crate) use groups::Groups;
pub use handle::Session;
pub(crate) use handle::Shared;
pub use id::SessionId;
pub(crate) use registry::Registry;
pub use single::SingleSession;

pub use crate::connection::PushError;
