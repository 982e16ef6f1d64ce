//! Pomelo-protobuf, the binary form of JSON bodies that pomelo's clients and servers agree
//! on by schemas in the handshake.
//!
//! It is not Protocol Buffers, though a few messages have the same bytes in both:
//!
//! | | pomelo-protobuf | Protocol Buffers |
//! |---|---|---|
//! | types | `uInt32`, `int32`, `sInt32`, `float`, `double`, `string`, messages | more |
//! | `int32` | zigzag, like `sInt32` | two's complement |
//! | integers | up to 2^53 - 1 | 32 bits |
//! | list of numbers | key with the wire type of the item, count, items | key with wire type 2, bytes, items |
//! | list of strings or messages | key and value for each | the same |
//! | empty list | absent | the same |
//! | a value that is the default | written | left out |
//! | order of fields | that of the object | any |
//! | a field without a tag in the schema | error, since its end is not known | skipped |
//!
//! [`Schemas`] reads pomelo's two schema files, or the form of them that a server sends in its
//! handshake. The schema of a route converts JSON to these bytes and back:
//!
//! ```
//! use connector_protocol::pomelo::handshake::Direction;
//! use connector_protocol::pomelo::protobuf::{DecodeLimits, Schemas};
//!
//! let server = r#"{ "onMove": { "required uInt32 id": 1, "repeated sInt32 by": 2 } }"#;
//! let schemas = Schemas::parse(server, "{}")?;
//! let schema = schemas.route("onMove", Direction::ToClient).expect("it has a schema");
//!
//! let mut bytes = Vec::new();
//! schema.encode_json(br#"{"id":300,"by":[1,-1]}"#, &mut bytes)?;
//! assert_eq!(bytes, [0x08, 0xac, 0x02, 0x10, 2, 2, 1]);
//!
//! let mut json = Vec::new();
//! schema.decode(&bytes, DecodeLimits::default(), &mut json)?;
//! assert_eq!(json, br#"{"id":300,"by":[1,-1]}"#);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: pomelo-protobuf 0.4.0, measured. Where it fails on values that JSON has, this
//! does not: it throws for a `null` and for ten zeros of type `double`, and sends an empty
//! body if a required field is missing. Here `null` is an absent field, any list can be
//! written, and a missing field is an [`EncodeError`].

mod decode;
mod encode;
mod error;
mod parse;
mod route;
mod schemas;
#[cfg(test)]
mod tests;
mod types;
mod wire;

pub use decode::DecodeLimits;
pub use error::{
    DecodeError, DecodeFault, EncodeError, EncodeFault, SchemaError, SchemaFault, SchemaFile,
};
pub use route::RouteSchema;
pub use schemas::Schemas;

/// The largest tag. The released encoder computes keys with 32 bits, of which the wire type
/// takes three and the sign one.
pub const MAX_TAG: u32 = (1 << 28) - 1;
