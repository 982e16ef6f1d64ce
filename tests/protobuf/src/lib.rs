//! Our protobuf beside that of everybody else: the messages of Google's conformance suite, and
//! random schemas.
#![recursion_limit = "512"]

/// The messages of the suite.
#[cfg(suite)]
pub mod suite {
    connector::include_proto!("conformance");
    connector::include_proto!("protobuf_test_messages");
}

/// Schemas with the features of those that others have published.
pub mod foreign {
    connector::include_proto!("envoy");
    connector::include_proto!("foreign");
    connector::include_proto!("gogoproto");
    connector::include_proto!("google");
    connector::include_proto!("validate");
}

include!(concat!(env!("OUT_DIR"), "/random.rs"));

/// The folder of the random schemas.
pub const SCHEMAS: &str = concat!(env!("OUT_DIR"), "/random");

/// A use of a message that is known by its name.
pub trait Run {
    /// The result.
    type Output;

    /// Uses the message `M`.
    fn run<M: connector::proto::Message>(self) -> Self::Output;
}

#[cfg(suite)]
pub mod testee;
