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
    /// In the order of preference.
    #[prost(enumeration = "BodyFormat", repeated, tag = "2")]
    pub formats: ::prost::alloc::vec::Vec<i32>,
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
/// A format of message bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum BodyFormat {
    Unspecified = 0,
    Json = 1,
    Protobuf = 2,
}
impl BodyFormat {
    /// String value of the enum field names used in the ProtoBuf definition.
    ///
    /// The values are not transformed in any way and thus are considered stable
    /// (if the ProtoBuf definition does not change) and safe for programmatic use.
    pub fn as_str_name(&self) -> &'static str {
        match self {
            Self::Unspecified => "BODY_FORMAT_UNSPECIFIED",
            Self::Json => "BODY_FORMAT_JSON",
            Self::Protobuf => "BODY_FORMAT_PROTOBUF",
        }
    }
    /// Creates an enum from field names used in the ProtoBuf definition.
    pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
        match value {
            "BODY_FORMAT_UNSPECIFIED" => Some(Self::Unspecified),
            "BODY_FORMAT_JSON" => Some(Self::Json),
            "BODY_FORMAT_PROTOBUF" => Some(Self::Protobuf),
            _ => None,
        }
    }
}
