//! The JSON of the handshake, both ways.
//!
//! Client to server: `{"sys": {..}, "user": any}`; server to client:
//! `{"code": n, "sys": {..}, "user": any}`, and only `{"code": n}` when it
//! refuses. Sources: pomelo 2.2.7; the fields of pitaya's clients: pitaya.
//!
//! A field of an unexpected type counts as absent, so that no peer is refused
//! because of a field that is not needed. Only the package limit bounds how much
//! is read.

mod agreement;
mod cached;
mod dictionary;
mod error;
mod fields;
mod of_client;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub use agreement::{Agreement, Capabilities, Dialect, Direction, NATIVE_VERSION, Native};
pub use cached::Cached;
pub use dictionary::Dictionary;
pub(super) use dictionary::array_index;
pub use error::HandshakeError;
pub use of_client::OfClient;
pub use request::{ClientInfo, Request, Rsa};
pub use response::{Protos, Response, ServerInfo, codes};
