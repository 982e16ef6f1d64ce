//! The client's handshake request.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{parse_object, take_object, take_text};
use super::{HandshakeError, Native};
use crate::session::Hidden;

/// The client's handshake request. `Debug` does not show the application's data.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct Request {
    /// The client's description of itself.
    pub sys: ClientInfo,
    /// The data of the application, such as a name or a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Value>,
}

/// A client's description of itself. Numbers are kept as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientInfo {
    /// The kind of client: `js-websocket`; libpomelo2's platform.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The version of the client's library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The public key of the client's signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsa: Option<Rsa>,
    /// The version of the protobuf schemas in the client's cache. The browser client
    /// starts with 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proto_version: Option<String>,
    /// The version of the dictionary in the client's cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dict_version: Option<String>,
    /// The version of pomelo, from pomelo's TCP client for Node.
    #[serde(rename = "pomelo_version", skip_serializing_if = "Option::is_none")]
    pub pomelo_version: Option<String>,
    /// The platform, from pitaya's clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The version of the client's library, from pitaya's clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lib_version: Option<String>,
    /// The build of the application, from pitaya's clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_build_number: Option<String>,
    /// The version of the application, from pitaya's clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_version: Option<String>,
    /// The client's capabilities in the native dialect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<Native>,
    /// All other members, as they were sent.
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
    /// Creates a request of a client of this kind and version.
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
    /// Returns [`HandshakeError::Json`], [`HandshakeError::NoSys`] or
    /// [`HandshakeError::Compressed`]. Pomelo answers all of them with 500.
    pub fn parse(bytes: &[u8]) -> Result<Self, HandshakeError> {
        let mut object = parse_object(bytes)?;
        let sys = take_object(&mut object, "sys").ok_or(HandshakeError::NoSys)?;
        Ok(Self { sys: ClientInfo::read(sys), user: object.remove("user") })
    }

    /// Returns the body of a handshake package.
    pub fn encode(&self) -> Vec<u8> {
        // serde_json fails only on keys that are not strings, and all keys are.
        serde_json::to_vec(self).expect("a handshake request is JSON")
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sys, user } = self;
        f.debug_struct("Request").field("sys", sys).field("user", &Hidden(user)).finish()
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
    /// Returns no key for the `{}` of a browser client that does not sign.
    fn read(mut rsa: Map<String, Value>) -> Option<Self> {
        let rsa_n = take_text(&mut rsa, "rsa_n")?;
        let rsa_e = take_text(&mut rsa, "rsa_e")?;
        Some(Self { rsa_n, rsa_e })
    }
}
