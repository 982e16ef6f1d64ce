//! Packets of both families of versions, read by mqtt-proto, and those that this side writes.

use std::borrow::Cow;

use bytes::Bytes;
use mqtt_proto::v5::ErrorV5;
use mqtt_proto::{Error, QosPid, TopicName, v3, v5};

use super::framing::{MAX_REMAINING, fixed_header, push_length};
use super::{Version, code};
use crate::CloseReason;
use crate::framing::TooLong;

pub(super) const CONNECT: u8 = 1;
pub(super) const CONNACK: u8 = 2;
pub(super) const PUBLISH: u8 = 3;
pub(super) const PUBACK: u8 = 4;
pub(super) const PUBREC: u8 = 5;
pub(super) const PUBCOMP: u8 = 7;
pub(super) const SUBSCRIBE: u8 = 8;
pub(super) const SUBACK: u8 = 9;
pub(super) const UNSUBSCRIBE: u8 = 10;
pub(super) const UNSUBACK: u8 = 11;
pub(super) const PINGREQ: u8 = 12;
pub(super) const PINGRESP: u8 = 13;
pub(super) const DISCONNECT: u8 = 14;
pub(super) const AUTH: u8 = 15;

/// The most bytes of a text, and of any other field with a length of its own.
pub(super) const MAX_TEXT: usize = u16::MAX as usize;

/// A whole PINGREQ.
pub(super) const PING: [u8; 2] = [PINGREQ << 4, 0];
/// A whole PINGRESP.
pub(super) const PONG: [u8; 2] = [PINGRESP << 4, 0];

/// Something that a peer may not send, and the code by which MQTT 5 says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: u8,
    pub(super) what: Cow<'static, str>,
}

impl Fault {
    pub(super) fn new(code: u8, what: impl Into<Cow<'static, str>>) -> Self {
        Self { code, what: what.into() }
    }
}

impl From<Fault> for CloseReason {
    fn from(fault: Fault) -> Self {
        Self::Malformed(fault.what.into_owned())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::InvalidTopicName(_) => code::TOPIC,
            Error::EmptySubscription => code::PROTOCOL_ERROR,
            _ => code::MALFORMED,
        };
        Self::new(code, format!("a damaged MQTT packet: {error}"))
    }
}

impl From<ErrorV5> for Fault {
    fn from(error: ErrorV5) -> Self {
        let code = match error {
            ErrorV5::Common(error) => return error.into(),
            ErrorV5::InvalidPayloadFormat => code::PAYLOAD_FORMAT,
            ErrorV5::DuplicatedProperty(_)
            | ErrorV5::InvalidProperty(..)
            | ErrorV5::InvalidResponseTopic => code::PROTOCOL_ERROR,
            _ => code::MALFORMED,
        };
        Self::new(code, format!("a damaged MQTT packet: {error}"))
    }
}

/// A packet that was read.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "it is taken apart where it was read")]
pub(super) enum Packet {
    Three(v3::Packet),
    Five(v5::Packet),
}

/// Returns the type of a packet.
pub(super) fn kind(packet: &[u8]) -> u8 {
    packet.first().map_or(0, |first| first >> 4)
}

/// Reads a whole packet.
pub(super) fn read(version: Version, packet: &[u8]) -> Result<Packet, Fault> {
    let cut_off = || Fault::new(code::MALFORMED, "an MQTT packet ends inside of a field");
    let (read, size) = if version.is_5() {
        let read = v5::Packet::decode(packet)?.ok_or_else(cut_off)?;
        let size = read.encode_len()?;
        (Packet::Five(read), size)
    } else {
        let read = v3::Packet::decode(packet)?.ok_or_else(cut_off)?;
        let size = read.encode_len()?;
        (Packet::Three(read), size)
    };
    // A reason of 0 and an empty list of properties may be left out.
    let optional = match kind(packet) {
        PUBACK..=PUBCOMP | DISCONNECT | AUTH if version.is_5() => 2,
        _ => 0,
    };
    if packet.len().saturating_sub(size) > optional {
        let what = format!("an MQTT packet has {} bytes behind its end", packet.len() - size);
        return Err(Fault::new(code::MALFORMED, what));
    }
    Ok(read)
}

/// Returns the packet identifier of a PUBACK.
pub(super) fn acknowledged(version: Version, packet: &[u8]) -> Result<u16, Fault> {
    match read(version, packet)? {
        Packet::Three(v3::Packet::Puback(id)) => Ok(id.value()),
        Packet::Five(v5::Packet::Puback(puback)) => Ok(puback.pid.value()),
        _ => Err(Fault::new(code::PROTOCOL_ERROR, "not a PUBACK")),
    }
}

/// Returns the reason of the end that a DISCONNECT announces.
pub(super) fn goodbye(version: Version, packet: &[u8]) -> CloseReason {
    match read(version, packet) {
        Ok(Packet::Five(v5::Packet::Disconnect(disconnect))) => {
            let reason = disconnect.properties.reason_string.as_deref().unwrap_or_default();
            match disconnect.reason_code as u8 {
                code::SUCCESS if reason.is_empty() => CloseReason::PeerClosed,
                code => {
                    CloseReason::PeerClosedWith { code: code.into(), reason: reason.to_owned() }
                }
            }
        }
        Ok(_) => CloseReason::PeerClosed,
        Err(fault) => fault.into(),
    }
}

/// A PUBLISH that was read.
#[derive(Debug)]
pub(super) struct Publish {
    pub(super) topic: TopicName,
    pub(super) payload: Bytes,
    pub(super) qos: QosPid,
    pub(super) dup: bool,
    pub(super) retain: bool,
    pub(super) response_topic: Option<TopicName>,
    pub(super) correlation: Option<Bytes>,
}

impl Publish {
    /// Reads a whole packet. Its payload is all that is left, so nothing can be behind its end.
    pub(super) fn read(version: Version, packet: &[u8]) -> Result<Self, Fault> {
        let Some((mut at, rest)) = fixed_header(packet).ok().flatten() else {
            return Err(Fault::new(code::MALFORMED, "an MQTT packet without its length"));
        };
        // It is below 2^28, and the size of both too.
        let (first, rest, size) = (packet[0], rest as u32, packet.len() as u32);
        let publish = if version.is_5() {
            let header = v5::Header::new_with(first, rest, size)?;
            let publish = v5::Publish::decode(packet, &mut at, header)?;
            let properties = publish.properties;
            if properties.topic_alias.is_some() {
                let what = "a PUBLISH with a topic alias, which this side has not allowed";
                return Err(Fault::new(code::TOPIC_ALIAS, what));
            }
            Self {
                topic: publish.topic_name,
                payload: publish.payload,
                qos: publish.qos_pid,
                dup: publish.dup,
                retain: publish.retain,
                response_topic: properties.response_topic,
                correlation: properties.correlation_data,
            }
        } else {
            let header = v3::Header::new_with(first, rest, size)?;
            let publish = v3::Publish::decode(packet, &mut at, header)?;
            Self {
                topic: publish.topic_name,
                payload: publish.payload,
                qos: publish.qos_pid,
                dup: publish.dup,
                retain: publish.retain,
                response_topic: None,
                correlation: None,
            }
        };
        if publish.topic.is_empty() {
            return Err(Fault::new(code::TOPIC, "a PUBLISH with an empty topic"));
        }
        if matches!(publish.qos, QosPid::Level0) && publish.dup {
            return Err(Fault::new(code::MALFORMED, "a PUBLISH at QoS 0 that is a duplicate"));
        }
        Ok(publish)
    }

    /// Returns the packet identifier.
    pub(super) fn id(&self) -> Option<u16> {
        self.qos.pid().map(|id| id.value())
    }
}

/// A PUBLISH that is to be written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outgoing<'a> {
    pub(super) topic: &'a str,
    pub(super) payload: &'a [u8],
    /// At QoS 1, so that there is a place for a packet identifier.
    pub(super) acknowledged: bool,
    pub(super) retain: bool,
    pub(super) correlation: Option<&'a [u8]>,
}

impl Outgoing<'_> {
    /// Appends the packet, with the packet identifier 0. Returns the place of that.
    ///
    /// # Errors
    /// Returns [`TooLong`] for a topic above 65,535 bytes, and for a packet that is too long.
    /// Nothing is appended then.
    pub(super) fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<usize, TooLong> {
        let Self { topic, payload, acknowledged, retain, correlation } = *self;
        TooLong::check(topic.len(), u16::MAX.into())?;
        let correlation = correlation.filter(|_| version.is_5());
        let properties = correlation.map_or(0, |correlation| 3 + correlation.len());
        let mut head = 2 + topic.len() + if acknowledged { 2 } else { 0 };
        if version.is_5() {
            head += length_size(properties) + properties;
        }
        let size = head + payload.len();
        TooLong::check(size, MAX_REMAINING)?;
        out.reserve(5 + size);
        out.push(PUBLISH << 4 | u8::from(acknowledged) << 1 | u8::from(retain));
        push_length(size, out);
        push_text(topic.as_bytes(), out);
        let place = out.len();
        if acknowledged {
            out.extend_from_slice(&[0, 0]);
        }
        if version.is_5() {
            push_length(properties, out);
            if let Some(correlation) = correlation {
                out.push(CORRELATION);
                push_text(correlation, out);
            }
        }
        out.extend_from_slice(payload);
        Ok(place)
    }
}

/// The property of correlation data.
const CORRELATION: u8 = 0x09;
/// The property of a reason in words.
const REASON: u8 = 0x1f;

fn length_size(length: usize) -> usize {
    match length {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    }
}

/// Appends a text, or other bytes, behind their length in two bytes. Longer ones are cut off.
fn push_text(text: &[u8], out: &mut Vec<u8>) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&text[..usize::from(length)]);
}

/// Appends a PUBACK.
pub(super) fn push_puback(version: Version, id: u16, reason: u8, out: &mut Vec<u8>) {
    let [high, low] = id.to_be_bytes();
    if version.is_5() && reason != code::SUCCESS {
        out.extend_from_slice(&[PUBACK << 4, 3, high, low, reason]);
    } else {
        out.extend_from_slice(&[PUBACK << 4, 2, high, low]);
    }
}

/// Appends a SUBACK or, with [`UNSUBACK`], the answer to an UNSUBSCRIBE.
pub(super) fn push_suback(
    (kind, version): (u8, Version),
    id: u16,
    codes: &[u8],
    out: &mut Vec<u8>,
) {
    // UNSUBACK has codes since MQTT 5.
    let codes = if kind == UNSUBACK && !version.is_5() { &[][..] } else { codes };
    out.push(kind << 4);
    push_length(2 + usize::from(version.is_5()) + codes.len(), out);
    out.extend_from_slice(&id.to_be_bytes());
    if version.is_5() {
        out.push(0);
    }
    out.extend_from_slice(codes);
}

/// Appends a DISCONNECT with this reason. Before MQTT 5 only a client has one, without reasons.
pub(super) fn push_disconnect(version: Version, code: u8, reason: &str, out: &mut Vec<u8>) {
    /// The most bytes of a reason in words, so that lengths have one byte.
    const LONGEST: usize = 100;
    let kind = DISCONNECT << 4;
    if !version.is_5() {
        out.extend_from_slice(&[kind, 0]);
        return;
    }
    let reason = &reason[..reason.floor_char_boundary(LONGEST)];
    if reason.is_empty() {
        out.extend_from_slice(&[kind, 1, code]);
        return;
    }
    let properties = 3 + reason.len() as u8;
    out.extend_from_slice(&[kind, 2 + properties, code, properties, REASON]);
    push_text(reason.as_bytes(), out);
}

/// Returns what stands behind the fixed header.
pub(super) fn rest(packet: &[u8]) -> &[u8] {
    match fixed_header(packet) {
        Ok(Some((header, _))) => &packet[header..],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];

    #[test]
    fn what_is_written_is_read() {
        let long = vec![b'x'; 20_000];
        for version in VERSIONS {
            for payload in [&b""[..], b"{}", &long[..200], &long] {
                for acknowledged in [false, true] {
                    let correlation = Some(&b"seven"[..]);
                    let topic = "chat.chatHandler.send/7";
                    let publish =
                        Outgoing { topic, payload, acknowledged, retain: false, correlation };
                    let mut out = vec![0xff];
                    let place = publish.write(version, &mut out).unwrap();
                    if acknowledged {
                        out[place..place + 2].copy_from_slice(&[0, 9]);
                    }
                    let read = Publish::read(version, &out[1..]).unwrap();
                    assert_eq!(&*read.topic, topic);
                    assert_eq!(read.payload, payload);
                    assert_eq!(read.id(), acknowledged.then_some(9));
                    let told = version.is_5().then_some(&b"seven"[..]);
                    assert_eq!(read.correlation.as_deref(), told);
                }
            }
        }
    }

    #[test]
    fn acknowledgements_are_those_of_their_version() {
        for version in VERSIONS {
            let mut out = Vec::new();
            push_puback(version, 7, code::SUCCESS, &mut out);
            assert_eq!(acknowledged(version, &out), Ok(7), "{version}");
            for kind in [SUBACK, UNSUBACK] {
                let mut out = Vec::new();
                push_suback((kind, version), 8, &[0], &mut out);
                let id = match read(version, &out).unwrap() {
                    Packet::Three(v3::Packet::Suback(suback)) => suback.pid,
                    Packet::Three(v3::Packet::Unsuback(id)) => id,
                    Packet::Five(v5::Packet::Suback(suback)) => suback.pid,
                    Packet::Five(v5::Packet::Unsuback(unsuback)) => unsuback.pid,
                    other => panic!("{other:?}"),
                };
                assert_eq!(id.value(), 8, "{version}");
                assert!(acknowledged(version, &out).is_err(), "{version}");
            }
        }
        let mut refused = Vec::new();
        push_puback(Version::V5, 7, code::IDENTIFIER_IN_USE, &mut refused);
        assert_eq!(refused, [0x40, 3, 0, 7, 0x91]);
    }

    #[test]
    fn a_disconnect_has_its_reason_in_words() {
        let long = "ä".repeat(100);
        for (reason, told) in
            [("", None), ("too loud", Some("too loud")), (&*long, Some(&long[..100]))]
        {
            let mut out = Vec::new();
            push_disconnect(Version::V5, code::ADMINISTRATIVE, reason, &mut out);
            let Ok(Packet::Five(v5::Packet::Disconnect(read))) = read(Version::V5, &out) else {
                panic!("{out:?}");
            };
            assert_eq!(read.reason_code as u8, code::ADMINISTRATIVE);
            assert_eq!(read.properties.reason_string.as_deref(), told);
        }
        let mut out = Vec::new();
        push_disconnect(Version::V3_1_1, code::ADMINISTRATIVE, "too loud", &mut out);
        assert_eq!(out, [0xe0, 0]);
    }

    #[test]
    fn bytes_behind_the_end_are_a_fault() {
        for (version, packet) in [
            (Version::V3_1_1, &[0x40, 3, 0, 7, 0][..]),
            (Version::V3_1_1, &[0xc0, 1, 0]),
            (Version::V5, &[0xc0, 1, 0]),
            (Version::V5, &[0x40, 5, 0, 7, 0, 0, 0]),
        ] {
            let fault = read(version, packet).unwrap_err();
            assert_eq!(fault.code, code::MALFORMED, "{packet:?}: {fault:?}");
        }
        assert_eq!(acknowledged(Version::V5, &[0x40, 4, 0, 7, 0, 0]), Ok(7), "nothing left out");
    }
}
