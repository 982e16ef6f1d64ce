//! The values that calls and events carry: what is sent is read, what is returned is written.

pub(super) mod arguments;
pub(super) mod into_arguments;
pub(super) mod reading;
pub(super) mod returned;
mod shape;
