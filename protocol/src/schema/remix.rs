// @generated from proto/connector/remix.proto: change that instead.

/// The caller of a request.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct RequestInfo {
    /// The calling plugin.
    #[prost(string, tag = "1")]
    pub from: ::prost::alloc::string::String,
    /// The path of the call.
    #[prost(string, optional, tag = "2")]
    pub path: ::core::option::Option<::prost::alloc::string::String>,
}
/// A message between an engine and a plugin, in either direction.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct Message {
    #[prost(enumeration = "Action", tag = "1")]
    pub action: i32,
    #[prost(string, optional, tag = "2")]
    pub name: ::core::option::Option<::prost::alloc::string::String>,
    #[prost(string, optional, tag = "3")]
    pub key: ::core::option::Option<::prost::alloc::string::String>,
    #[prost(sint64, optional, tag = "4")]
    pub id: ::core::option::Option<i64>,
    #[prost(message, optional, tag = "5")]
    pub payload: ::core::option::Option<::prost_types::Value>,
    #[prost(message, optional, tag = "6")]
    pub request_info: ::core::option::Option<RequestInfo>,
    #[prost(message, optional, tag = "7")]
    pub error: ::core::option::Option<::prost_types::Value>,
}
/// The purpose of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum Action {
    Unspecified = 0,
    Request = 1,
    Response = 2,
    On = 3,
    Once = 4,
    Off = 5,
    Emit = 6,
    Notification = 7,
    Cancel = 8,
}
impl Action {
    /// String value of the enum field names used in the ProtoBuf definition.
    ///
    /// The values are not transformed in any way and thus are considered stable
    /// (if the ProtoBuf definition does not change) and safe for programmatic use.
    pub fn as_str_name(&self) -> &'static str {
        match self {
            Self::Unspecified => "ACTION_UNSPECIFIED",
            Self::Request => "ACTION_REQUEST",
            Self::Response => "ACTION_RESPONSE",
            Self::On => "ACTION_ON",
            Self::Once => "ACTION_ONCE",
            Self::Off => "ACTION_OFF",
            Self::Emit => "ACTION_EMIT",
            Self::Notification => "ACTION_NOTIFICATION",
            Self::Cancel => "ACTION_CANCEL",
        }
    }
    /// Creates an enum from field names used in the ProtoBuf definition.
    pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
        match value {
            "ACTION_UNSPECIFIED" => Some(Self::Unspecified),
            "ACTION_REQUEST" => Some(Self::Request),
            "ACTION_RESPONSE" => Some(Self::Response),
            "ACTION_ON" => Some(Self::On),
            "ACTION_ONCE" => Some(Self::Once),
            "ACTION_OFF" => Some(Self::Off),
            "ACTION_EMIT" => Some(Self::Emit),
            "ACTION_NOTIFICATION" => Some(Self::Notification),
            "ACTION_CANCEL" => Some(Self::Cancel),
            _ => None,
        }
    }
}
