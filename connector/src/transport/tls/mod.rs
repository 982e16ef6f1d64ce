//! TLS on byte streams, by rustls.

mod client;
mod config_error;
mod facts;
mod failure;
mod handshake;
mod pem;
mod server;
mod stream;

pub(super) use client::{TlsClient, of_features, server_name};
pub use config_error::TlsConfigError;
#[cfg(feature = "quic")]
pub(super) use failure::duration;
pub use pem::{ClientPem, ServerPem};
pub use server::{Tls, TlsHandle};
pub(super) use stream::TlsIo;
