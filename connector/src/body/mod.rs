//! Bodies: what a message carries, in one of several formats.

mod answer;
mod error;
mod json;
mod json_path;
mod message;
mod negotiated;
mod raw;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use connector_protocol::format::Format;

pub use error::BodyError;
pub(crate) use json::{field, from_json, from_optional_json, write_json};
pub(crate) use json_path::misfit;
pub use message::Message;
pub use negotiated::{Body, TwoForms};
pub use raw::Raw;
pub use reader::{BodyReader, FromBody};
pub use writer::{BodyWriter, ToBody};

/// A body in JSON, whatever the peer's format is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A body in protobuf, whatever the peer's format is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proto<T>(pub T);
