//! Reason codes, and what they are in each version.

use mqtt_proto::v5;

use super::Version;

/// Reason codes of MQTT 5, in CONNACK, PUBACK, SUBACK and DISCONNECT. A handshake hook refuses
/// a client with one of them, or with one of the five of MQTT 3, which each version translates.
pub mod code {
    /// All is well; a client's regular DISCONNECT.
    pub const SUCCESS: u8 = 0x00;
    /// A client leaves, and wants its will to be delivered.
    pub const WITH_WILL: u8 = 0x04;
    /// None of the others.
    pub const UNSPECIFIED: u8 = 0x80;
    /// A packet that cannot be read.
    pub const MALFORMED: u8 = 0x81;
    /// A packet that may not come then.
    pub const PROTOCOL_ERROR: u8 = 0x82;
    /// The receiver failed.
    pub const IMPLEMENTATION: u8 = 0x83;
    /// A version that the server does not speak.
    pub const VERSION: u8 = 0x84;
    /// A client id that the server does not take.
    pub const CLIENT_ID: u8 = 0x85;
    /// The user name or the password is wrong.
    pub const BAD_USER: u8 = 0x86;
    /// The client may not connect.
    pub const NOT_AUTHORIZED: u8 = 0x87;
    /// The server cannot serve now.
    pub const UNAVAILABLE: u8 = 0x88;
    /// The server is busy.
    pub const BUSY: u8 = 0x89;
    /// The server stops.
    pub const STOPPING: u8 = 0x8B;
    /// An authentication method that the server does not know.
    pub const AUTH_METHOD: u8 = 0x8C;
    /// Nothing arrived for one and a half times the keep-alive.
    pub const KEEP_ALIVE: u8 = 0x8D;
    /// Another connection has the client id now.
    pub const TAKEN_OVER: u8 = 0x8E;
    /// A topic that is not a topic, or has wildcards.
    pub const TOPIC: u8 = 0x90;
    /// A packet identifier that is in use.
    pub const IDENTIFIER_IN_USE: u8 = 0x91;
    /// More is not acknowledged than the receiver allows.
    pub const RECEIVE_MAXIMUM: u8 = 0x93;
    /// A topic alias that the server has not allowed.
    pub const TOPIC_ALIAS: u8 = 0x94;
    /// A packet that is larger than allowed.
    pub const TOO_LARGE: u8 = 0x95;
    /// A limit of the server.
    pub const QUOTA: u8 = 0x97;
    /// An administrator's decision, such as a kick.
    pub const ADMINISTRATIVE: u8 = 0x98;
    /// A payload that is not the text that it claims to be.
    pub const PAYLOAD_FORMAT: u8 = 0x99;
    /// Retained messages are not supported.
    pub const RETAIN: u8 = 0x9A;
    /// QoS 2 is not supported.
    pub const QOS: u8 = 0x9B;
    /// Shared subscriptions are not supported.
    pub const SHARED: u8 = 0x9E;
    /// Subscription identifiers are not supported.
    pub const SUBSCRIPTION_ID: u8 = 0xA1;
}

/// The return codes of MQTT 3 beside those of MQTT 5, as in the table of both standards.
const RETURN_CODES: [(u8, u8); 5] = [
    (1, code::VERSION),
    (2, code::CLIENT_ID),
    (3, code::UNAVAILABLE),
    (4, code::BAD_USER),
    (5, code::NOT_AUTHORIZED),
];

/// Returns the code with which a CONNACK of this version says what a refusal means: a code of
/// MQTT 3, of MQTT 5, of HTTP, or of pomelo.
pub fn refusal(version: Version, refused: u16) -> u8 {
    let code = match refused {
        1..=5 => RETURN_CODES[usize::from(refused) - 1].1,
        401 => code::BAD_USER,
        429 => code::QUOTA,
        400..=499 => code::NOT_AUTHORIZED,
        503 => code::BUSY,
        // Clients end the connection for others than those of a CONNACK, without a word of it.
        0x80..=0xFF if v5::ConnectReasonCode::from_u8(refused as u8).is_some() => refused as u8,
        _ => code::UNSPECIFIED,
    };
    if version.is_5() {
        return code;
    }
    let same = RETURN_CODES.iter().find(|(_, five)| *five == code);
    match (same, code) {
        (Some((three, _)), _) => *three,
        (None, code::AUTH_METHOD) => 4,
        (None, code::UNSPECIFIED | code::IMPLEMENTATION | code::BUSY | code::QUOTA) => 3,
        (None, _) => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_own_codes() {
        for (refused, three, five) in [
            (4, 4, code::BAD_USER),
            (u16::from(code::BAD_USER), 4, code::BAD_USER),
            (401, 4, code::BAD_USER),
            (403, 5, code::NOT_AUTHORIZED),
            (500, 3, code::UNSPECIFIED),
            (503, 3, code::BUSY),
            (u16::from(code::CLIENT_ID), 2, code::CLIENT_ID),
            (0x8A, 5, 0x8A),
            (404, 5, code::NOT_AUTHORIZED),
            (u16::from(code::TAKEN_OVER), 3, code::UNSPECIFIED),
            (7, 3, code::UNSPECIFIED),
        ] {
            assert_eq!(refusal(Version::V3_1, refused), three, "{refused} in 3.1");
            assert_eq!(refusal(Version::V3_1_1, refused), three, "{refused} in 3.1.1");
            assert_eq!(refusal(Version::V5, refused), five, "{refused} in 5");
        }
    }
}
