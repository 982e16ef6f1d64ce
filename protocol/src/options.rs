//! The protobuf options with which a schema names its routes and pushes.

/// The text of `connector/options.proto`, which applications' schemas import.
/// `connector-build` resolves that import to this text.
pub const PROTO: &str = include_str!("../proto/connector/options.proto");
