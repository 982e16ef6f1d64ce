//! The meaning of topics, and pomelo's way to write messages in JSON.

use mqtt_proto::QosPid;
use serde_json::{Value, json};

use crate::json as lenient;
use crate::message::RequestId;
use crate::mqtt::packet::Publish;
use crate::text;

/// The meaning that a client's PUBLISH and SUBSCRIBE have for a server. Default: topics are routes, and a
/// SUBSCRIBE is granted and changes nothing, since pushes go to sessions.
///
/// With its two routes it is pomelo's mqttconnector:
///
/// | packet | becomes a request or notify | its answer |
/// |---|---|---|
/// | PUBLISH, QoS 0 | notify on `publish`, with the packet as JSON | |
/// | PUBLISH, QoS 1 | request on `publish`, with the packet as JSON | `{topic, payload, qos, retain}` is a PUBLISH; without a topic nothing is sent |
/// | SUBSCRIBE | request on `subscribe`, `{subscriptions: [{topic, qos}]}` | a list of the granted QoS is the SUBACK |
///
/// and a push whose body has a `topic` is a PUBLISH of that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The route that gets all of a client's PUBLISH packets: pomelo's `publishRoute`.
    pub publish: Option<Box<str>>,
    /// The route that gets all of a client's SUBSCRIBE packets: pomelo's `subscribeRoute`.
    pub subscribe: Option<Box<str>>,
}

/// Removes the id of a request from the end of a topic, as in `chat.chatHandler.send/7`.
pub(super) fn split_id(topic: &str) -> Option<(&str, RequestId)> {
    let (route, id) = topic.rsplit_once('/')?;
    // `parse` would take a sign.
    if route.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((route, RequestId::new(id.parse().ok()?)?))
}

/// The number of a client's first request is above this, so that no topic of a request is that
/// of the answer to a PUBLISH at QoS 1, which has a packet identifier.
const PACKET_IDS: u32 = 1 << 16;

/// Returns the topic of a client's request, to which its answer comes too.
pub(super) fn request_topic(route: &str, id: RequestId) -> String {
    format!("{route}/{}", u64::from(id.get()) + u64::from(PACKET_IDS))
}

/// Returns the id of the request that has this topic.
pub(super) fn requested(topic: &str) -> Option<RequestId> {
    let (_, number) = split_id(topic)?;
    RequestId::new(number.get().checked_sub(PACKET_IDS)?)
}

/// The body of a PUBLISH in pomelo's way: the packet as an object. Its payload is text there.
pub(super) fn publish_body(publish: &Publish) -> Value {
    let mut body = json!({
        "cmd": "publish",
        "retain": publish.retain,
        "qos": publish.qos.qos() as u8,
        "dup": publish.dup,
        "topic": &*publish.topic,
        "payload": text::decode(&publish.payload),
    });
    if let QosPid::Level1(id) | QosPid::Level2(id) = publish.qos {
        body["messageId"] = id.value().into();
    }
    body
}

/// The body of a SUBSCRIBE in pomelo's way.
pub(super) fn subscribe_body(topics: &[(String, u8)]) -> Value {
    let topics = topics.iter().map(|(topic, qos)| json!({ "topic": topic, "qos": qos }));
    json!({ "subscriptions": topics.collect::<Vec<_>>() })
}

/// A message that names its topic, in pomelo's way.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
pub(super) struct Named {
    pub(super) topic: String,
    #[serde(default)]
    pub(super) payload: Payload,
    #[serde(default)]
    pub(super) qos: u8,
    #[serde(default)]
    pub(super) retain: bool,
}

/// A payload: a text as it is, and any other value as JSON.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(from = "Value")]
pub(super) struct Payload(pub(super) String);

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        })
    }
}

/// Reads a body that names its topic.
pub(super) fn named(body: &[u8]) -> Option<Named> {
    let named: Named = lenient::read_bytes(body, lenient::NESTING).ok()?;
    Some(named).filter(|named| is_topic(&named.topic))
}

/// Returns the codes of a SUBACK from a body in pomelo's way: a list of the granted QoS. What is
/// missing or something else, such as an error, is a refusal.
pub(super) fn granted(body: &[u8], topics: usize) -> Vec<u8> {
    const REFUSED: u8 = 0x80;
    let list: Vec<Value> = lenient::read_bytes(body, lenient::NESTING).unwrap_or_default();
    let codes = list.iter().map(|granted| match granted.as_u64() {
        // QoS 2 is not supported.
        Some(qos @ 0..=2) => (qos as u8).min(1),
        _ => REFUSED,
    });
    codes.chain(std::iter::repeat(REFUSED)).take(topics).collect()
}

/// Returns whether a text may be the topic of a PUBLISH.
pub(super) fn is_topic(text: &str) -> bool {
    !text.is_empty() && !text.contains(['+', '#', '\0']) && text.len() <= usize::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MAX_ID;

    #[test]
    fn ids_are_split_off() {
        let seven = RequestId::new(7).unwrap();
        assert_eq!(split_id("a.b.c/7"), Some(("a.b.c", seven)));
        assert_eq!(split_id("a/b/7"), Some(("a/b", seven)));
        for topic in
            ["a.b.c", "a.b.c/", "a.b.c/0", "/7", "a.b.c/+7", "a.b.c/-7", "a.b.c/4294967296"]
        {
            assert_eq!(split_id(topic), None, "{topic}");
        }
    }

    #[test]
    fn requests_have_numbers_above_all_packet_identifiers() {
        for id in [1, 70_000, MAX_ID] {
            let id = RequestId::new(id).unwrap();
            let topic = request_topic("a.b.c", id);
            assert!(split_id(&topic).unwrap().1.get() > u16::MAX.into(), "{topic}");
            assert_eq!(requested(&topic), Some(id));
        }
        for other in ["a.b.c", "a.b.c/1", "a.b.c/65536"] {
            assert_eq!(requested(other), None, "{other}");
        }
    }

    #[test]
    fn pomelos_bodies_name_their_topic() {
        let read = named(br#"{"topic": "t", "payload": "hi", "qos": 1}"#).unwrap();
        let told =
            Named { topic: "t".into(), payload: Payload("hi".into()), qos: 1, retain: false };
        assert_eq!(read, told);
        assert_eq!(
            named(br#"{"topic": "t", "payload": {"a": 1}}"#).unwrap().payload.0,
            r#"{"a":1}"#
        );
        for other in [
            &b"{}"[..],
            b"[]",
            b"",
            br#"{"topic": ""}"#,
            br#"{"topic": "a/#"}"#,
            br#"{"topic": 7}"#,
        ] {
            assert_eq!(named(other), None, "{other:?}");
        }
    }

    #[test]
    fn each_topic_of_a_subscribe_gets_a_code() {
        assert_eq!(granted(b"[0, 1, 2]", 3), [0, 1, 1]);
        assert_eq!(granted(b"[0]", 2), [0, 0x80]);
        assert_eq!(granted(b"[0, 1]", 1), [0]);
        assert_eq!(granted(br#"{"code": 500}"#, 2), [0x80, 0x80]);
        assert_eq!(granted(b"[128, null]", 2), [0x80, 0x80]);
    }
}
