//! The JSON of the handshake, both ways.
//!
//! Client to server: `{"sys": {..}, "user": any}`; server to client:
//! `{"code": n, "sys": {..}, "user": any}`, and only `{"code": n}` when it
//! refuses. Sources: pomelo 2.2.7; the fields of pitaya's clients: pitaya.
//!
//! What is there but of another type than expected counts as absent: nobody is
//! turned away because of a field that nobody asked for. How much is read is
//! bounded by the package limit alone.

mod agreement;
mod error;
mod fields;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub use agreement::{
    Agreement, Capabilities, Dialect, Direction, NATIVE_VERSION, Native, RouteFormats,
};
pub use error::HandshakeError;
pub use request::{ClientInfo, Request, Rsa};
pub use response::{Dictionary, Protos, Response, ServerInfo, codes};
