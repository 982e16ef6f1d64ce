//! Bodies: what a message carries, in one of several formats.

mod json;
mod json_path;
mod message;
mod negotiated;
mod raw_body;

use bytes::Bytes;
pub use connector_protocol::pomelo::handshake::Format;

pub(crate) use json::{field, from_json, read_json, read_optional_json, write_json};
pub(crate) use json_path::misfit;
pub use message::Message;
pub use negotiated::Body;
pub(crate) use negotiated::write;
pub(crate) use raw_body::Lent;
pub use raw_body::RawBody;

/// A body in JSON, whatever the peer's format is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A body in protobuf, whatever the peer's format is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proto<T>(pub T);

/// A body as the bytes that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw(pub Bytes);
