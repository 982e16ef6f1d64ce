//! zlib streams (RFC 1950): bodies of messages and of handshakes that pitaya's programs
//! compress.
//!
//! Both directions work on whole bodies in memory, and have a bound that holds while they
//! work: a [`Deflater`] gives up once the stream is not shorter than its body, and an
//! [`Inflater`] once the body is longer than its limit. Each holds some memory of its own,
//! which it uses for one stream after another: about 300 KiB and 50 KiB.

mod deflate;
mod inflate;

pub use deflate::Deflater;
pub use inflate::{InflateError, Inflater};
