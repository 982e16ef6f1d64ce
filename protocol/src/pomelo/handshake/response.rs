//! The server's handshake response.

use std::sync::Arc;
use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::fields::{inflated, parse_object, take_object, take_text};
use super::{Agreement, Dictionary, HandshakeError, Native};
use crate::format::Format;

/// The codes of handshake responses. An application may refuse with others.
pub mod codes {
    /// The handshake is accepted.
    pub const OK: u16 = 200;
    /// The request cannot be read, or the application refused it. Clients of pitaya's dialect
    /// are sent [`PITAYA_FAIL`] instead.
    pub const FAIL: u16 = 500;
    /// The same in pitaya's dialect, whose servers refuse with no other code.
    pub const PITAYA_FAIL: u16 = 400;
    /// The client's type or version is too old.
    pub const OLD_CLIENT: u16 = 501;
}

/// The server's handshake response.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Response {
    /// The result: one of [`codes`], or one of the application.
    pub code: u16,
    /// The settings of the session. Absent if the handshake is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sys: Option<ServerInfo>,
    /// The data of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Value>,
}

/// The settings of a session, as the server announces them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerInfo {
    /// The interval of heartbeats. `None` turns them off. On the wire it is in
    /// seconds, and 0 turns them off.
    pub heartbeat: Option<Duration>,
    /// Allows codes for routes. Without [`dict`](Self::dict) they are those of the
    /// dictionary in the client's cache.
    pub use_dict: bool,
    /// The codes of the routes.
    pub dict: Option<Arc<Dictionary>>,
    /// Makes bodies protobuf where there is a schema. Without
    /// [`protos`](Self::protos) the schemas are those in the client's cache.
    pub use_proto: bool,
    /// The protobuf schemas of the routes.
    pub protos: Option<Arc<Protos>>,
    /// The format of bodies, from pitaya's servers: `json` or `protobuf`.
    pub serializer: Option<String>,
    /// The capabilities that both sides have, in the native dialect.
    pub connector: Option<Native>,
}

/// The protobuf schemas of routes, in pomelo's parsed form.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Protos {
    /// The schemas of what the server sends.
    pub server: Value,
    /// The schemas of what the client sends.
    pub client: Value,
    /// The version that a client sends in its next handshake if it has cached these
    /// schemas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Response {
    /// Creates a refusal, which is only a code.
    pub fn refusal(code: u16) -> Self {
        Self { code, sys: None, user: None }
    }

    /// Reads a handshake package's body.
    ///
    /// # Errors
    /// Returns [`HandshakeError::Json`], [`HandshakeError::NoCode`], or, with pitaya's servers
    /// only, [`HandshakeError::Compressed`] and `HandshakeError::Inflate`.
    pub fn parse(bytes: &[u8]) -> Result<Self, HandshakeError> {
        let mut object = parse_object(&inflated(bytes)?)?;
        let code = object.get("code").and_then(Value::as_u64);
        let code = code.and_then(|code| u16::try_from(code).ok()).ok_or(HandshakeError::NoCode)?;
        let sys = take_object(&mut object, "sys").map(ServerInfo::read);
        Ok(Self { code, sys, user: object.remove("user") })
    }

    /// Returns what the server agreed to, for a client that can write bodies in
    /// `formats`.
    pub fn agreement(&self, formats: &[Format]) -> Agreement {
        let agreed = |sys| Agreement::of_server(sys, formats);
        self.sys.as_ref().map(agreed).unwrap_or_default()
    }

    /// Returns the body of a handshake package.
    pub fn encode(&self) -> Vec<u8> {
        // serde_json fails only on keys that are not strings or numbers, and all
        // keys are.
        serde_json::to_vec(self).expect("a handshake response is JSON")
    }
}

impl ServerInfo {
    pub(super) fn read(mut sys: Map<String, Value>) -> Self {
        let flag = |key| sys.get(key).and_then(Value::as_bool).unwrap_or_default();
        let heartbeat = sys.get("heartbeat").and_then(Value::as_f64);
        Self {
            heartbeat: heartbeat
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .filter(|interval| !interval.is_zero()),
            use_dict: flag("useDict"),
            use_proto: flag("useProto"),
            dict: Dictionary::read(&mut sys).map(Arc::new),
            protos: take_object(&mut sys, "protos").map(|protos| Arc::new(Protos::read(protos))),
            serializer: take_text(&mut sys, "serializer"),
            connector: take_text(&mut sys, "connector").and_then(|text| Native::read(&text)),
        }
    }
}

/// Writes the members in pomelo's order.
impl Serialize for ServerInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(interval) = self.heartbeat {
            match interval.subsec_nanos() {
                0 => map.serialize_entry("heartbeat", &interval.as_secs())?,
                _ => map.serialize_entry("heartbeat", &interval.as_secs_f64())?,
            }
        }
        if let Some(dict) = &self.dict {
            dict.write(&mut map)?;
        }
        if self.use_dict {
            map.serialize_entry("useDict", &true)?;
        }
        if let Some(protos) = &self.protos {
            map.serialize_entry("protos", &**protos)?;
        }
        if self.use_proto {
            map.serialize_entry("useProto", &true)?;
        }
        if let Some(serializer) = &self.serializer {
            map.serialize_entry("serializer", serializer)?;
        }
        if let Some(native) = &self.connector {
            map.serialize_entry("connector", native)?;
        }
        map.end()
    }
}

impl Protos {
    fn read(mut protos: Map<String, Value>) -> Self {
        Self {
            server: protos.remove("server").unwrap_or_default(),
            client: protos.remove("client").unwrap_or_default(),
            version: take_text(&mut protos, "version"),
        }
    }
}
