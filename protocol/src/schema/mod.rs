//! The messages of Connector's own schemas, generated from `proto/`.
//!
//! The code is checked in, so that building this crate needs no schema compiler.
//! After a change of a `.proto` file, generate it again with
//! `BLESS=1 cargo test -p connector-build --test protocol`.

/// Errors, and the handshake of the native dialect.
#[allow(missing_docs)]
#[rustfmt::skip]
pub mod connector;
