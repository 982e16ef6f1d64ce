//! The project's own schemas, compiled.

/// Errors, and the handshake of the native dialect.
#[allow(missing_docs)]
pub mod connector {
    include!(concat!(env!("OUT_DIR"), "/connector.rs"));
}

/// The message of the Remix plugin protocol, in protobuf.
#[allow(missing_docs)]
pub mod remix {
    include!(concat!(env!("OUT_DIR"), "/connector.remix.rs"));
}
