// @generated from proto/connector/error.proto, proto/connector/handshake.proto: change that instead.

/// The error of a failed call. JSON dialects write it as
/// {"code": .., "msg": ..}.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct Error {
    /// 400 for a body that does not fit, a user's own code, or by default 500.
    #[prost(uint32, tag = "1")]
    pub code: u32,
    /// Text for people.
    #[prost(string, tag = "2")]
    pub message: ::prost::alloc::string::String,
    /// Details for programs.
    #[prost(map = "string, string", tag = "3")]
    pub metadata: ::std::collections::HashMap<
        ::prost::alloc::string::String,
        ::prost::alloc::string::String,
    >,
}
/// The capabilities of one side. A server answers with those that both have.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct Capabilities {
    /// The version of this schema that the side was built with.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// Names of the formats of bodies, in the order of preference: "json",
    /// "protobuf", or one of an application's own. Unknown names are skipped.
    #[prost(string, repeated, tag = "2")]
    pub formats: ::prost::alloc::vec::Vec<::prost::alloc::string::String>,
    /// Several packages in one frame are welcome.
    #[prost(bool, tag = "3")]
    pub batching: bool,
    /// A lost session can be taken up again.
    #[prost(bool, tag = "4")]
    pub resume: bool,
    /// Names of compressions, in the order of preference.
    #[prost(string, repeated, tag = "5")]
    pub compressions: ::prost::alloc::vec::Vec<::prost::alloc::string::String>,
}
