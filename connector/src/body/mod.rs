//! Bodies of messages, in one of several formats.
//!
//! A server reads a body as a [`RawBody`], a client by [`FromBody`]. Both write by
//! [`ToBody`]. [`Json`], [`Proto`] and [`Raw`] fix the format, [`Body`] and messages of
//! `.proto` files have the peer's.

mod answer;
mod error;
mod json;
mod json_path;
mod message;
#[cfg(feature = "msgpack")]
mod msgpack;
mod negotiated;
mod odd_json;
mod proto;
mod raw;
mod raw_body;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use connector_protocol::format::Format;

pub use error::BodyError;
pub(crate) use json::{read_json, read_optional_json, write_json};
use json_path::misfit;
pub use message::Message;
#[cfg(feature = "msgpack")]
pub use msgpack::MSGPACK;
pub use negotiated::{Body, TwoForms};
pub(crate) use proto::{fields, read_proto};
pub use raw::Raw;
pub(crate) use raw_body::Lent;
pub use raw_body::RawBody;
pub use reader::{BodyReader, FromBody};
pub use writer::{BodyWriter, ToBody};

/// A body in JSON, independent of the peer's format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A body in protobuf, independent of the peer's format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proto<T>(pub T);
