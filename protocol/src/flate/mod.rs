//! Deflate (RFC 1951) of peers, which zlib streams and permessage-deflate have in common:
//! inflated within a limit that holds while it goes on.

mod bounded;

pub(crate) use bounded::{Fault, inflate};
#[cfg(feature = "deflate")]
pub(crate) use bounded::{Progress, count};
