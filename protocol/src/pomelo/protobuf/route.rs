//! The schema of one route.

use std::fmt;

use serde::Serialize;

use super::decode::{DecodeLimits, Decoder};
use super::encode::{Missing, encode};
use super::types::{MessageType, Types};
use super::{DecodeError, EncodeError, EncodeFault};

/// The schema of a route's messages in one direction, see
/// [`Schemas::route`](super::Schemas::route).
#[derive(Clone, Copy)]
pub struct RouteSchema<'s> {
    pub(super) types: &'s Types,
    pub(super) message: &'s MessageType,
}

impl RouteSchema<'_> {
    /// Appends a JSON text in pomelo-protobuf. Its fields are written in their order, and
    /// those that the schema does not have are left out, as by pomelo.
    ///
    /// # Errors
    /// Returns [`EncodeError`] with the path of the first field that does not fit. Nothing is
    /// appended then.
    pub fn encode_json(&self, json: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        encode(self, json, Missing::Refused, out)
    }

    /// Appends what of a JSON text fits the schema, such as the code of an error in an answer
    /// whose schema has other required fields. Released clients do not look for these.
    ///
    /// # Errors
    /// Returns [`EncodeError`] if a field has another type. Nothing is appended then.
    pub fn encode_partial_json(&self, json: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        encode(self, json, Missing::Allowed, out)
    }

    /// Appends a value in pomelo-protobuf, as [`RouteSchema::encode_json`] does. It is written
    /// as JSON first, so that no type is compiled for another serializer.
    ///
    /// # Errors
    /// Returns [`EncodeError`] for a value that JSON or the schema cannot express. Nothing is
    /// appended then.
    pub fn encode<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let json = serde_json::to_vec(value).map_err(|error| EncodeError {
            path: String::new(),
            fault: EncodeFault::Json(error.to_string()),
        })?;
        self.encode_json(&json, out)
    }

    /// Appends a body in pomelo-protobuf as JSON text. Fields have the order in which they
    /// come first; of a field that comes twice the last counts, and lists are joined. A number
    /// that JSON does not have is `null`, as in JavaScript.
    ///
    /// # Errors
    /// Returns [`DecodeError`] with the path of the field that cannot be read. Nothing is
    /// appended then.
    pub fn decode(
        &self,
        body: &[u8],
        limits: DecodeLimits,
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        Decoder::new(self, body, limits, out).run()
    }

    /// Returns `true` if a message may have this field.
    pub fn has_field(&self, name: &str) -> bool {
        self.message.find(name, 0).is_some()
    }

    /// Returns the address of the schema, by which two of them that are alive are told apart.
    pub fn address(&self) -> *const () {
        std::ptr::from_ref(self.message).cast()
    }
}

impl fmt::Debug for RouteSchema<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteSchema").finish_non_exhaustive()
    }
}
