//! The codec of messages as JSON objects.

use std::borrow::Cow;

use connector_protocol::message::{Head, RequestId, RouteRef};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Codec, CodecCx, CodecError, Received};

/// A codec of messages as JSON objects: `{"id": n, "route": "s.h.m", "body": any}`.
///
/// | message | fields |
/// |---|---|
/// | request | id, route, body |
/// | notify, push | route, body |
/// | response | id, body |
///
/// An id of 0 counts as none. A missing body is `null`.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonCodec;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    id: u32,
    #[serde(borrow)]
    route: Option<Text<'a>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

/// A text that is borrowed unless it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Codec for JsonCodec {
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        let envelope: Envelope<'a> = serde_json::from_slice(payload)?;
        let id = RequestId::new(envelope.id);
        let route = envelope.route.map(|Text(route)| match route {
            Cow::Borrowed(route) => RouteRef::Name(route),
            Cow::Owned(route) => RouteRef::Name(cx.keep(route)),
        });
        let head = match (id, route) {
            (Some(_), Some(route)) => Head::Request(id, route),
            (None, Some(route)) => Head::Notify(route),
            (Some(_), None) => Head::Response(id),
            (None, None) => {
                return Err(CodecError::new("the message has neither `id` nor `route`"));
            }
        };
        let body = envelope.body.map_or("null", RawValue::get).as_bytes();
        Ok(Some(Received { head, body: body.into() }))
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
