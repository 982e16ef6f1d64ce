//! The properties of each decoder, one file for each.

pub mod codec;
pub mod deflate;
pub mod engine;
pub mod forwarded;
pub mod framing;
pub mod handshake;
pub mod json;
pub mod lines;
pub mod message;
pub mod mqtt;
pub mod package;
pub mod protobuf;
pub mod remix;
pub mod rewriting;
pub mod route;
pub mod session;
pub mod socketio;
pub mod text;
pub mod upgrade;
pub mod websocket;
pub mod zlib;

/// The pieces as owned bytes.
fn owned<const N: usize>(inputs: [&[u8]; N]) -> Vec<Vec<u8>> {
    inputs.map(<[u8]>::to_vec).into()
}
