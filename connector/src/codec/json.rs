//! The codec of messages as JSON objects.

use std::borrow::Cow;
use std::fmt;

use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::{json, text};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::route_text::RouteText;
use super::{Codec, CodecCx, CodecError, Received};

/// A codec of messages as JSON objects: `{"id": n, "route": "s.h.m", "body": any}`.
///
/// | message | fields |
/// |---|---|
/// | request | id, route, body |
/// | notify, push | route, body |
/// | response | id, body |
///
/// An id of 0 counts as none. A missing body is `null`. As for `JSON.parse`, the last of equal
/// keys counts, and other keys are ignored; half of a surrogate pair in a route, and a text
/// that is not UTF-8, are read with U+FFFD. The body is handed on as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonCodec;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    id: u32,
    #[serde(borrow)]
    route: Option<RouteText<'a>>,
    #[serde(borrow)]
    body: Option<Body<'a>>,
}

impl<'a> Envelope<'a> {
    /// Reads a message that serde refuses. `None` if it is not one at all, or has a field of
    /// another type.
    #[cold]
    fn mended(payload: &'a [u8]) -> Option<Self> {
        match text::decode(payload) {
            Cow::Borrowed(text) => Self::read(text),
            Cow::Owned(text) => Envelope::read(&text).map(Envelope::into_owned),
        }
    }

    fn read(text: &'a str) -> Option<Self> {
        let Fields { id, route, body } = serde_json::from_str(text).ok()?;
        let id = id.map_or(Some(0), |id| json::read(id.get(), json::NESTING).ok())?;
        let route = route.map_or(Some(None), |it| json::read(it.get(), json::NESTING).ok())?;
        let route = route.map(|route: String| RouteText(Cow::Owned(route)));
        let body = body.map(|body| Body(Cow::Borrowed(body.get())));
        Some(Self { id, route, body })
    }

    fn into_owned<'o>(self) -> Envelope<'o> {
        let Self { id, route, body } = self;
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let route = route.map(|RouteText(route)| RouteText(owned(route)));
        let body = body.map(|Body(body)| Body(owned(body)));
        Envelope { id, route, body }
    }
}

/// A body as it is.
struct Body<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Body<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(Cow::Borrowed(body.get())))
    }
}

/// The last values of a message's fields.
#[derive(Default)]
struct Fields<'a> {
    id: Option<&'a RawValue>,
    route: Option<&'a RawValue>,
    body: Option<&'a RawValue>,
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(Key(field)) = map.next_key()? {
            let value = map.next_value()?;
            match field {
                Some(Field::Id) => fields.id = Some(value),
                Some(Field::Route) => fields.route = Some(value),
                Some(Field::Body) => fields.body = Some(value),
                None => {}
            }
        }
        Ok(fields)
    }
}

enum Field {
    Id,
    Route,
    Body,
}

/// A key of a message, which need not be well-formed. `None` for an unknown one.
struct Key(Option<Field>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E>(self, key: &[u8]) -> Result<Key, E> {
        Ok(Key(match key {
            b"id" => Some(Field::Id),
            b"route" => Some(Field::Route),
            b"body" => Some(Field::Body),
            _ => None,
        }))
    }
}

impl Codec for JsonCodec {
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        let Envelope { id, route, body } = match serde_json::from_slice(payload) {
            Ok(envelope) => envelope,
            Err(error) => Envelope::mended(payload).ok_or(error)?,
        };
        let id = RequestId::new(id);
        let route = route.map(|route| route.into_route(cx));
        let head = match (id, route) {
            (Some(_), Some(route)) => Head::Request(id, route),
            (None, Some(route)) => Head::Notify(route),
            (Some(_), None) => Head::Response(id),
            (None, None) => {
                return Err(CodecError::new("the message has neither `id` nor `route`"));
            }
        };
        let body = match body.unwrap_or(Body(Cow::Borrowed("null"))) {
            Body(Cow::Borrowed(body)) => body.as_bytes().into(),
            Body(Cow::Owned(body)) => body.into_bytes().into(),
        };
        Ok(Some(Received { head, body }))
    }

    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        let (id, route) = match *head {
            Head::Request(id, route) => (id, Some(route)),
            Head::Notify(route) | Head::Push(route) => (None, Some(route)),
            Head::Response(id) | Head::Error(id) => (id, None),
        };
        out.push(b'{');
        if let Some(id) = id {
            out.extend_from_slice(br#""id":"#);
            serde_json::to_writer(&mut *out, &id.get())?;
            out.push(b',');
        }
        match route {
            Some(RouteRef::Name(name)) => {
                out.extend_from_slice(br#""route":"#);
                serde_json::to_writer(&mut *out, name)?;
                out.push(b',');
            }
            Some(RouteRef::Code(_)) => {
                return Err(CodecError::new(
                    "a JSON message cannot carry a route code: write the route's name",
                ));
            }
            None => {}
        }
        out.extend_from_slice(br#""body":"#);
        Ok(out.len())
    }

    fn finish(&self, _: &Head<'_>, mark: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        if out.len() == mark {
            out.extend_from_slice(b"null");
        }
        out.push(b'}');
        Ok(())
    }
}
