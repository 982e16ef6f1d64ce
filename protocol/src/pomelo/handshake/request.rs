//! What a client says first.

use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{parse_object, take_object, take_text};
use super::{HandshakeError, Native};

/// What a client says first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Request {
    /// The client's own facts.
    pub sys: ClientInfo,
    /// Whatever the application's client wants to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Value>,
}

/// Facts about a client. Numbers are kept as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientInfo {
    /// The kind of client: `js-websocket`; libpomelo2's platform.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The version of the client's library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The key that its signatures are checked with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsa: Option<Rsa>,
    /// The version of the protobuf schemas that it has kept; the browser client
    /// starts with the number 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proto_version: Option<String>,
    /// The version of the dictionary that it has kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dict_version: Option<String>,
    /// Pomelo's TCP client for Node: the version of pomelo.
    #[serde(rename = "pomelo_version", skip_serializing_if = "Option::is_none")]
    pub pomelo_version: Option<String>,
    /// Pitaya: the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Pitaya: the version of the client's library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lib_version: Option<String>,
    /// Pitaya: the build of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_build_number: Option<String>,
    /// Pitaya: the version of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_version: Option<String>,
    /// The native dialect: what the client can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<Native>,
    /// All other members, as they came.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The public half of an RSA key, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rsa {
    /// The modulus.
    pub rsa_n: String,
    /// The exponent.
    pub rsa_e: String,
}

impl Request {
    /// A request of a client of this kind and version.
    pub fn new(kind: impl Into<String>, version: impl Into<String>) -> Self {
        let sys = ClientInfo {
            kind: Some(kind.into()),
            version: Some(version.into()),
            ..ClientInfo::default()
        };
        Self { sys, user: None }
    }

    /// Reads a handshake package's body.
    ///
    /// # Errors
    /// [`HandshakeError::Json`], [`HandshakeError::NoSys`]: pomelo answers both
    /// with 500.
    pub fn parse(bytes: &[u8]) -> Result<Self, HandshakeError> {
        let mut object = parse_object(bytes)?;
        let sys = take_object(&mut object, "sys").ok_or(HandshakeError::NoSys)?;
        Ok(Self { sys: ClientInfo::read(sys), user: object.remove("user") })
    }

    /// The body of a handshake package.
    pub fn encode(&self) -> Vec<u8> {
        // The only things that serde_json cannot write are keys that are no
        // strings, and here all are.
        serde_json::to_vec(self).expect("a handshake request is JSON")
    }
}

impl ClientInfo {
    fn read(mut sys: Map<String, Value>) -> Self {
        Self {
            kind: take_text(&mut sys, "type"),
            version: take_text(&mut sys, "version"),
            rsa: take_object(&mut sys, "rsa").and_then(Rsa::read),
            proto_version: take_text(&mut sys, "protoVersion"),
            dict_version: take_text(&mut sys, "dictVersion"),
            pomelo_version: take_text(&mut sys, "pomelo_version"),
            platform: take_text(&mut sys, "platform"),
            lib_version: take_text(&mut sys, "libVersion"),
            client_build_number: take_text(&mut sys, "clientBuildNumber"),
            client_version: take_text(&mut sys, "clientVersion"),
            connector: take_text(&mut sys, "connector").and_then(|text| Native::read(&text)),
            extra: sys,
        }
    }
}

impl Rsa {
    /// No key in the `{}` that the browser client sends when it does not sign.
    fn read(mut rsa: Map<String, Value>) -> Option<Self> {
        let (rsa_n, rsa_e) = (take_text(&mut rsa, "rsa_n")?, take_text(&mut rsa, "rsa_e")?);
        Some(Self { rsa_n, rsa_e })
    }
}
