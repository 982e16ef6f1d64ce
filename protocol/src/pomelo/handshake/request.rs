//! The client's handshake request.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::fields::{keep_first, parse_object, take_object, take_short_text};
use super::{HandshakeError, Native};
use crate::session::{ClientSettings, Hidden};

/// The most bytes of each known text.
const MAX_TEXT: usize = 1024;
/// The most hexadecimal digits of a key, which are enough for 8,192 bits.
const MAX_KEY: usize = 2048;
/// The most bytes of memory of all other members.
const MAX_EXTRA: usize = 4096;

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
///
/// A server keeps it as long as the session is open, so it keeps little of it: texts of
/// at most 1 KiB, a key of at most 8,192 bits, and 4 KiB of memory of all other members.
/// What is longer counts as absent. The application's data, [`Request::user`], has no such
/// limits.
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
    /// The other members, as they were sent. A server drops those that do not fit into
    /// 4 KiB of memory.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The public half of an RSA key, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rsa {
    /// The modulus.
    pub rsa_n: String,
    /// The exponent. Sent as a number, as the browser's client does and pomelo needs it.
    #[serde(serialize_with = "as_number")]
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

    /// Creates the request of a client with these settings.
    pub fn of(settings: &ClientSettings) -> Self {
        let mut request = match settings.details.get::<Self>() {
            Some(request) => request.clone(),
            None => {
                let mut request = Self::new(settings.kind.clone(), settings.version.clone());
                request.user = settings.user.clone();
                if !settings.formats.is_empty() {
                    request.sys.connector = Some(Native::new(&settings.formats));
                }
                request
            }
        };
        settings.cached.announce(&mut request);
        request
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
        let rsa = take_object(&mut sys, "rsa").and_then(Rsa::read);
        let mut text = |key| take_short_text(&mut sys, key, MAX_TEXT);
        Self {
            kind: text("type"),
            version: text("version"),
            rsa,
            proto_version: text("protoVersion"),
            dict_version: text("dictVersion"),
            pomelo_version: text("pomelo_version"),
            platform: text("platform"),
            lib_version: text("libVersion"),
            client_build_number: text("clientBuildNumber"),
            client_version: text("clientVersion"),
            connector: text("connector").and_then(|text| Native::read(&text)),
            extra: keep_first(sys, MAX_EXTRA),
        }
    }
}

impl Rsa {
    /// Returns no key for the `{}` of a browser client that does not sign.
    fn read(mut rsa: Map<String, Value>) -> Option<Self> {
        let rsa_n = take_short_text(&mut rsa, "rsa_n", MAX_KEY)?;
        let rsa_e = match rsa.get("rsa_e").and_then(Value::as_u64) {
            Some(number) => format!("{number:x}"),
            None => take_short_text(&mut rsa, "rsa_e", MAX_KEY)?,
        };
        Some(Self { rsa_n, rsa_e })
    }
}

/// Writes hexadecimal digits as a number, if they are a usual one.
fn as_number<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match u32::from_str_radix(digits, 16) {
        Ok(number) => serializer.serialize_u32(number),
        Err(_) => serializer.serialize_str(digits),
    }
}
