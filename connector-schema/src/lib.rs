//! Services, routes, pushes and messages, read from `.proto` files.
//!
//! Generators of code, of documentation and of anything else stand on this
//! crate. It knows no programming language: names are those of the schema.
//!
//! ```no_run
//! # fn main() -> Result<(), connector_schema::Error> {
//! let schema = connector_schema::compile(&["proto/chat.proto"], &["proto"])?;
//! for package in schema.packages() {
//!     for method in package.services.iter().flat_map(|service| &service.methods) {
//!         let input = &method.input.value;
//!         let output = &method.output.value;
//!         println!("{}: {input} -> {output}", method.route.text.value);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The stages, in the order in which a schema passes through them:
//!
//! | stage | result |
//! |---|---|
//! | sources | the texts of the files, or a descriptor set that somebody else has compiled |
//! | descriptors | protobuf's own descriptors, compiled by protox without a `protoc` |
//! | read | the [`model`], with the options of `connector/options.proto` |
//! | check | the mistakes that protobuf allows and Connector does not |
//!
//! `connector/options.proto` ships with this crate; schemas import it by that
//! name. Mistakes are reported all at once, each with its [`Place`]. A
//! generator adds mistakes of its own language with [`Builder::compile_with`].

mod calls;
mod check;
mod descriptors;
mod diagnosis;
mod error;
mod locations;
mod messages;
pub mod model;
mod place;
mod pomelo;
mod read;
mod schema;
mod sources;

pub use error::{Error, Mistake, Mistakes};
pub use place::{Place, Spanned};
pub use pomelo::PomeloProtos;
pub use schema::{Builder, Schema, SourceFile, compile, configure};
