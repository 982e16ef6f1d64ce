//! The messages of the project's own schemas, generated from `proto/`.
//!
//! The code is checked in, so that no schema compiler runs when this crate is
//! built. After a change of a `.proto` file, write it anew with
//! `BLESS=1 cargo test -p connector-build --test protocol`.

/// Errors, and the handshake of the native dialect.
#[allow(missing_docs)]
#[rustfmt::skip]
pub mod connector;

/// The message of the Remix plugin protocol, in protobuf.
#[allow(missing_docs)]
#[rustfmt::skip]
pub mod remix;
