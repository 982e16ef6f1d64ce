//! A client's CONNECT.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use mqtt_proto::{QoS, v3, v5};
use serde_json::{Value, json};

use super::packet::{Packet, read, rest};
use super::{Version, code};
use crate::CloseReason;
use crate::text;

/// A client's introduction: all that its CONNECT says. A server has it in
/// `session.client().details`. `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connect {
    /// The version that the client speaks.
    pub version: Version,
    /// The client's name, which no two connections of a connector have at a time. Empty for a
    /// client of MQTT 3.1.1 that has none; one of MQTT 5 is given one.
    pub client_id: Arc<str>,
    /// The user name.
    pub user_name: Option<Arc<str>>,
    /// The password, which need not be text.
    pub password: Option<Bytes>,
    /// The time in seconds after which the client sends a packet at the latest. 0: it need not.
    pub keep_alive: u16,
    /// The client wants no earlier session. There never is one: sessions end with their
    /// connections.
    pub clean: bool,
    /// The message that the client wants to be delivered if it does not say goodbye.
    pub will: Option<Will>,
    /// The seconds for which the client wants its session to be kept. They are not.
    pub(super) session_expiry: u32,
    /// How many messages at QoS 1 the client takes before it has acknowledged them.
    pub(super) receive_maximum: u16,
    /// The largest packet that the client takes, in bytes.
    pub(super) max_packet: usize,
    /// An authentication method, of which the server knows none.
    pub(super) auth_method: bool,
}

/// The message that a client wants to be delivered if it does not say goodbye: its will.
///
/// Nothing is delivered by itself, since only the application knows to whom. The hook of a
/// session's end gets the reason, and [`Connect::will_after`] says whether it asks for the will.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Will {
    /// The topic.
    pub topic: Arc<str>,
    /// The payload.
    pub payload: Bytes,
    /// The QoS that the client wants, 0 or 1.
    pub qos: u8,
    /// The client wants the message to be retained, which a client of MQTT 5 may not.
    pub retain: bool,
}

/// The error of a CONNECT that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ConnectError {
    /// The version in which to answer. `None` if the answer is a close, since what has arrived
    /// is hardly MQTT.
    pub version: Option<Version>,
    /// The reason code of MQTT 5.
    pub code: u8,
    what: String,
}

impl ConnectError {
    fn new(version: Version, code: u8, what: impl fmt::Display) -> Self {
        Self { version: Some(version), code, what: what.to_string() }
    }

    fn unanswered(what: impl fmt::Display) -> Self {
        Self { version: None, code: code::MALFORMED, what: what.to_string() }
    }
}

impl From<ConnectError> for CloseReason {
    fn from(error: ConnectError) -> Self {
        Self::Malformed(error.what)
    }
}

impl Connect {
    /// Reads a whole packet.
    ///
    /// # Errors
    /// Returns [`ConnectError`] for a packet that is damaged, of another version, or asks for
    /// what this side does not have: QoS 2, and a retained will in MQTT 5.
    pub fn read(packet: &[u8]) -> Result<Self, ConnectError> {
        let version = version_of(packet)?;
        let read = read(version, packet)
            .map_err(|fault| ConnectError::new(version, fault.code, fault.what))?;
        let connect = match read {
            Packet::Three(v3::Packet::Connect(connect)) => Self::of_3(version, connect),
            Packet::Five(v5::Packet::Connect(connect)) => Self::of_5(connect),
            _ => return Err(ConnectError::unanswered("the first packet is not a CONNECT")),
        };
        connect.check()?;
        Ok(connect)
    }

    fn of_3(version: Version, connect: v3::Connect) -> Self {
        let will = connect.last_will.map(|will| Will {
            topic: (&*will.topic_name).into(),
            payload: will.message,
            qos: will.qos as u8,
            retain: will.retain,
        });
        Self {
            version,
            client_id: connect.client_id,
            user_name: connect.username,
            password: connect.password,
            keep_alive: connect.keep_alive,
            clean: connect.clean_session,
            will,
            session_expiry: 0,
            receive_maximum: u16::MAX,
            max_packet: usize::MAX,
            auth_method: false,
        }
    }

    fn of_5(connect: v5::Connect) -> Self {
        let properties = connect.properties;
        let will = connect.last_will.map(|will| Will {
            topic: (&*will.topic_name).into(),
            payload: will.payload,
            qos: will.qos as u8,
            retain: will.retain,
        });
        Self {
            version: Version::V5,
            client_id: connect.client_id,
            user_name: connect.username,
            password: connect.password,
            keep_alive: connect.keep_alive,
            clean: connect.clean_start,
            will,
            session_expiry: properties.session_expiry_interval.unwrap_or(0),
            receive_maximum: properties.receive_max.unwrap_or(u16::MAX),
            max_packet: properties.max_packet_size.map_or(usize::MAX, |size| size as usize),
            auth_method: properties.auth_method.is_some(),
        }
    }

    fn check(&self) -> Result<(), ConnectError> {
        let refused = |code, what: &str| Err(ConnectError::new(self.version, code, what));
        if self.receive_maximum == 0 || self.max_packet == 0 {
            let what = "a CONNECT whose receive maximum or largest packet is 0";
            return refused(code::PROTOCOL_ERROR, what);
        }
        if self.auth_method {
            let what = "an authentication method, of which this server knows none";
            return refused(code::AUTH_METHOD, what);
        }
        if self.client_id.is_empty() && (self.version == Version::V3_1 || self.is_nameless()) {
            let what = "a CONNECT without a client id, which only a clean session may have";
            return refused(code::CLIENT_ID, what);
        }
        let Some(will) = &self.will else { return Ok(()) };
        if will.qos == QoS::Level2 as u8 {
            return refused(code::QOS, "a will at QoS 2, which is not supported");
        }
        if will.retain && self.version.is_5() {
            return refused(code::RETAIN, "a retained will: nothing is retained");
        }
        Ok(())
    }

    /// Whether the client asks for a session of which it does not say the name.
    fn is_nameless(&self) -> bool {
        self.version == Version::V3_1_1 && !self.clean
    }

    /// Returns the will if a session that has ended for this reason asks for it: all do but
    /// those whose client has said goodbye.
    pub fn will_after(&self, reason: &CloseReason) -> Option<&Will> {
        let keeps = match reason {
            CloseReason::PeerClosed => false,
            CloseReason::PeerClosedWith { code, .. } => *code != u16::from(code::SUCCESS),
            _ => true,
        };
        self.will.as_ref().filter(|_| keeps)
    }

    /// Returns what handshake hooks of any connector see: the members `clientId`, `username`
    /// and `password`, which is text.
    pub(super) fn user(&self) -> Value {
        let password = self.password.as_deref().map(text::decode);
        json!({
            "clientId": &*self.client_id,
            "username": self.user_name.as_deref(),
            "password": password,
        })
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("version", &self.version)
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
            .field("keep_alive", &self.keep_alive)
            .field("clean", &self.clean)
            .field("will", &self.will)
            .finish_non_exhaustive()
    }
}

/// Returns the version of a CONNECT.
pub(super) fn version_of(packet: &[u8]) -> Result<Version, ConnectError> {
    /// A name that is longer is not that of a protocol.
    const LONGEST_NAME: usize = 16;
    let rest = rest(packet);
    let name = rest.split_first_chunk().and_then(|(length, rest)| {
        rest.split_at_checked(usize::from(u16::from_be_bytes(*length)).min(LONGEST_NAME))
    });
    match name {
        Some((b"MQIsdp", [3, ..])) => Ok(Version::V3_1),
        Some((b"MQTT", [4, ..])) => Ok(Version::V3_1_1),
        Some((b"MQTT", [5, ..])) => Ok(Version::V5),
        Some((b"MQTT" | b"MQIsdp", [level, ..])) => {
            // Of a later version it is not known how it says no, so as 3.1.1 demands.
            let what =
                format!("a CONNECT of level {level}: this server speaks 3 (MQIsdp), 4 and 5");
            Err(ConnectError::new(Version::V3_1_1, code::VERSION, what))
        }
        _ => Err(ConnectError::unanswered("a CONNECT of a protocol that is not MQTT")),
    }
}
