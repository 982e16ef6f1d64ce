//! The options by which a schema names its routes and pushes.

/// The text of `connector/options.proto`, which schemas of applications
/// import; `connector-build` hands it to them.
pub const PROTO: &str = include_str!("../proto/connector/options.proto");
