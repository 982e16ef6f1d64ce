//! What expansions of the macros name. Not for users: it may change in any
//! version.

pub use crate::link::{poll_close_io, poll_recv_framed};
