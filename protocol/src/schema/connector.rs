// @generated from proto/connector/error.proto, proto/connector/handshake.proto: change that instead.

/// The error of a failed call. JSON dialects write it as
/// {"code": .., "msg": ..}.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct Error {
    /// The code: 400 for an invalid body, one of the application, or 500 by default.
    #[prost(uint32, tag = "1")]
    pub code: u32,
    /// The text for people.
    #[prost(string, tag = "2")]
    pub message: ::prost::alloc::string::String,
    /// The details for programs.
    #[prost(map = "string, string", tag = "3")]
    pub metadata: ::std::collections::HashMap<
        ::prost::alloc::string::String,
        ::prost::alloc::string::String,
    >,
}
/// The capabilities of one side. A server answers with those that both sides have.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct Capabilities {
    /// The version of this schema that the side was built with.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// The names of the formats of bodies, in the order of preference: "json",
    /// "protobuf", or one of the application. Unknown names are skipped.
    #[prost(string, repeated, tag = "2")]
    pub formats: ::prost::alloc::vec::Vec<::prost::alloc::string::String>,
    /// The side accepts several packages in one frame.
    #[prost(bool, tag = "3")]
    pub batching: bool,
    /// The side can resume a session on a new connection.
    #[prost(bool, tag = "4")]
    pub resume: bool,
    /// The names of compressions, in the order of preference.
    #[prost(string, repeated, tag = "5")]
    pub compressions: ::prost::alloc::vec::Vec<::prost::alloc::string::String>,
}
