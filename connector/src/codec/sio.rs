//! The codec of pomelo's sioconnector.

use connector_protocol::message::{Head, RequestId, RouteRef};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::route_text::RouteText;
use super::{Codec, CodecCx, CodecError, Received};

/// The codec of the texts in which pomelo's sioconnector and its clients write messages.
///
/// | message | text |
/// |---|---|
/// | request, notify | five characters, of which each stands for a byte: four of the id, which is 0 for a notify, and one of the route's length in characters; the route; the body |
/// | response | `{"id": n, "body": any}` |
/// | push | `{"route": "onLine", "body": any}` |
/// | kick | `{"route": "onKick", "reason": "text"}` |
///
/// Bodies are JSON, and a body without a byte is `{}`. Several messages of a server that leave
/// together are the elements of an array.
#[derive(Clone, Copy, Debug, Default)]
pub struct SioCodec;

/// The characters of the id and of the route's length.
const HEAD: usize = 5;
/// The longest route, in characters.
const LONGEST_ROUTE: usize = 255;
/// The route of a kick.
const KICK: &str = "onKick";

/// A server's message.
#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(default)]
    id: u32,
    #[serde(borrow)]
    route: Option<RouteText<'a>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

impl Codec for SioCodec {
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        if cx.session().is_some() {
            decode_sent_by_client(payload)
        } else {
            decode_sent(cx, payload)
        }
        .map(Some)
    }

    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        match *head {
            Head::Request(id, RouteRef::Name(route)) => begin_request(id, route, out)?,
            Head::Notify(RouteRef::Name(route)) => begin_request(None, route, out)?,
            Head::Response(Some(id)) | Head::Error(Some(id)) => {
                out.extend_from_slice(b"{\"id\":");
                serde_json::to_writer(&mut *out, &id.get())?;
                out.extend_from_slice(b",\"body\":");
            }
            Head::Push(RouteRef::Name(route)) => {
                out.extend_from_slice(b"{\"route\":");
                serde_json::to_writer(&mut *out, route)?;
                if route != KICK {
                    out.extend_from_slice(b",\"body\":");
                }
            }
            Head::Response(None) | Head::Error(None) => {
                return Err(CodecError::new("an answer needs the id of its request"));
            }
            _ => {
                return Err(CodecError::new(
                    "a message over socket.io cannot carry a route code: write the route's name",
                ));
            }
        }
        Ok(out.len())
    }

    fn finish(&self, head: &Head<'_>, mark: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        if out.len() == mark {
            out.extend_from_slice(b"{}");
        }
        match head {
            Head::Request(..) | Head::Notify(_) => {}
            Head::Push(RouteRef::Name(KICK)) => finish_kick(mark, out),
            _ => out.push(b'}'),
        }
        Ok(())
    }
}

fn begin_request(id: Option<RequestId>, route: &str, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let length = route.chars().count();
    if length > LONGEST_ROUTE {
        return Err(CodecError::new("a route over socket.io has at most 255 characters"));
    }
    let id = id.map_or(0, RequestId::get).to_be_bytes();
    for byte in id.into_iter().chain([length as u8]) {
        let mut utf8 = [0; 2];
        out.extend_from_slice(char::from(byte).encode_utf8(&mut utf8).as_bytes());
    }
    out.extend_from_slice(route.as_bytes());
    Ok(())
}

/// Puts the fields of a kick's body beside its route, as pomelo does.
fn finish_kick(mark: usize, out: &mut Vec<u8>) {
    let body = out.split_off(mark);
    match body.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) {
        Some(b"}") => out.push(b'}'),
        Some(fields) => {
            out.push(b',');
            out.extend_from_slice(fields);
        }
        None => {
            out.extend_from_slice(b",\"body\":");
            out.extend_from_slice(&body);
            out.push(b'}');
        }
    }
}

/// Reads a client's message.
fn decode_sent_by_client(payload: &[u8]) -> Result<Received<'_>, CodecError> {
    let text = text_of(payload)?;
    let mut characters = text.chars();
    let mut byte = || characters.next().map(|character| u32::from(character) & 0xff);
    let head: Option<[u32; HEAD]> = (|| Some([byte()?, byte()?, byte()?, byte()?, byte()?]))();
    let [a, b, c, d, length] =
        head.ok_or_else(|| CodecError::new("the message ends within its first five characters"))?;
    let id = a << 24 | b << 16 | c << 8 | d;
    let rest = characters.as_str();
    let length = length as usize;
    let end = match rest.as_bytes().get(..length) {
        Some(route) if route.is_ascii() => Some(length),
        _ => rest.char_indices().map(|(at, _)| at).chain([rest.len()]).nth(length),
    };
    let end = end.ok_or_else(|| CodecError::new("the message ends within its route"))?;
    let (route, body) = rest.split_at(end);
    Ok(Received::new(id, route, body.as_bytes()))
}

/// Reads a server's message.
fn decode_sent<'a>(cx: &'a CodecCx<'_>, payload: &'a [u8]) -> Result<Received<'a>, CodecError> {
    let sent: Sent<'a> = serde_json::from_str(text_of(payload)?)?;
    let head = match (RequestId::new(sent.id), sent.route) {
        (Some(id), _) => Head::Response(Some(id)),
        (None, Some(route)) => Head::Push(route.into_route(cx)),
        (None, None) => return Err(CodecError::new("the message has neither `id` nor `route`")),
    };
    // A push without a body is its own, as that of a kick is.
    let body = match sent.body {
        Some(body) => body.get().as_bytes(),
        None if matches!(head, Head::Push(_)) => payload,
        None => b"{}",
    };
    Ok(Received { head, body: body.into() })
}

/// Checks that a message is text, of which serde_json looks at what is read alone.
fn text_of(payload: &[u8]) -> Result<&str, CodecError> {
    str::from_utf8(payload).map_err(|_| CodecError::new("the message is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(head: &Head<'_>, body: &str) -> String {
        let mut out = Vec::new();
        let mark = SioCodec.begin(head, &mut out).unwrap();
        out.extend_from_slice(body.as_bytes());
        SioCodec.finish(head, mark, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_clients_messages_are_read_as_they_are_written() {
        for id in [0, 1, 127, 128, 255, 256, 51_369, 70_000, 0x7fff_ffff] {
            for route in ["", "a.b.c", "聊天.handler.发送"] {
                let id = RequestId::new(id);
                let head = match id {
                    Some(_) => Head::Request(id, RouteRef::Name(route)),
                    None => Head::Notify(RouteRef::Name(route)),
                };
                let text = encoded(&head, "{\"text\":\"世\"}");
                let received = decode_sent_by_client(text.as_bytes()).unwrap();
                assert_eq!(received.head, head);
                assert_eq!(&*received.body, "{\"text\":\"世\"}".as_bytes());
            }
        }
        let text = encoded(&Head::Request(RequestId::new(0xc8a9), RouteRef::Name("a.b.c")), "");
        assert_eq!(text, "\0\0\u{c8}\u{a9}\u{5}a.b.c{}");
        let low_bits = "\u{100}\u{100}\u{101}\u{4e07}\u{105}a.b.c";
        let received = decode_sent_by_client(low_bits.as_bytes()).unwrap();
        assert_eq!(received.head, Head::Request(RequestId::new(263), RouteRef::Name("a.b.c")));
    }

    #[test]
    fn a_clients_message_that_ends_early_is_refused() {
        let text = encoded(&Head::Request(RequestId::new(300), RouteRef::Name("a.聊.c")), "x");
        let characters: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for (read, at) in characters.iter().enumerate().take(10) {
            let error = decode_sent_by_client(&text.as_bytes()[..*at]).unwrap_err().to_string();
            let problem = if read < 5 { "its first five characters" } else { "within its route" };
            assert!(error.contains(problem), "{read}: {error}");
        }
        assert!(decode_sent_by_client(b"\0\0\0\xff\0").is_err());
        let long = "r".repeat(256);
        let head = Head::Notify(RouteRef::Name(&long));
        assert!(SioCodec.begin(&head, &mut Vec::new()).unwrap_err().to_string().contains("255"));
    }

    #[test]
    fn a_servers_messages_are_pomelos() {
        let id = RequestId::new(7);
        assert_eq!(encoded(&Head::Response(id), "[1]"), r#"{"id":7,"body":[1]}"#);
        assert_eq!(encoded(&Head::Error(id), r#"{"code":500}"#), r#"{"id":7,"body":{"code":500}}"#);
        let push = Head::Push(RouteRef::Name("onLine"));
        assert_eq!(encoded(&push, ""), r#"{"route":"onLine","body":{}}"#);
        let kick = Head::Push(RouteRef::Name("onKick"));
        assert_eq!(encoded(&kick, r#"{"reason":"x"}"#), r#"{"route":"onKick","reason":"x"}"#);
        assert_eq!(encoded(&kick, "{}"), r#"{"route":"onKick"}"#);
        assert_eq!(encoded(&kick, "7"), r#"{"route":"onKick","body":7}"#);
        for head in [Head::Response(None), Head::Push(RouteRef::Code(1))] {
            assert!(SioCodec.begin(&head, &mut Vec::new()).is_err(), "{head:?}");
        }
    }

    #[test]
    fn a_servers_messages_are_read() {
        let read = |text: &str| {
            let cx = CodecCx::default();
            let received = SioCodec.decode(&cx, text.as_bytes()).unwrap().unwrap();
            format!("{:?} {}", received.head, String::from_utf8_lossy(&received.body))
        };
        let response = format!("{:?} [1]", Head::Response(RequestId::new(7)));
        assert_eq!(read(r#"{"id":7,"body":[1]}"#), response);
        let push = |route| format!("{:?}", Head::Push(RouteRef::Name(route)));
        assert_eq!(read(r#"{"route":"on\u004cine","body":2}"#), push("onLine") + " 2");
        let kick = r#"{"route":"onKick","reason":"x"}"#;
        assert_eq!(read(kick), push("onKick") + " " + kick);
        for other in ["", "[]", "{}", r#"{"body":1}"#, r#"{"id":0}"#, r#"{"id":-1}"#, "7"] {
            let cx = CodecCx::default();
            assert!(SioCodec.decode(&cx, other.as_bytes()).is_err(), "{other}");
        }
        // Not even where nobody looks.
        let broken = b"{\"route\":\"onLine\",\"other\":\"\xcd\"}";
        assert!(SioCodec.decode(&CodecCx::default(), broken).is_err());
    }
}
