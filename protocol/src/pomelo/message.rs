//! Messages, the bodies of data packages.
//!
//! | bytes | content |
//! |---|---|
//! | 0 | flags: bit 0 route is a code, bits 1 to 3 type (0 request, 1 notify, 2 response, 3 push), bit 4 compressed body, bit 5 error |
//! | next | id in base 128, low group first; only in requests and responses |
//! | next | route, only in requests, notifies and pushes: a code in two bytes, big endian, or a length byte and that many bytes of UTF-8 |
//! | next | body, to the end |
//!
//! Source: pomelo-protocol 0.1.6; bit 5 and its meaning: pitaya.

use crate::message::{Head, RequestId, RouteRef};
use crate::text::utf8;

const ROUTE_CODE: u8 = 0x01;
const KIND: u8 = 0x0e;
const COMPRESSED: u8 = 0x10;
const ERROR: u8 = 0x20;

/// The type of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum MessageType {
    Request = 0,
    Notify = 1,
    Response = 2,
    Push = 3,
}

/// A message that borrows the bytes it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The kind of the message, its id and its route.
    pub head: Head<'a>,
    /// The flag of a compressed body, which is a zlib stream. Pomelo defines it and never acts
    /// on it; pitaya does.
    pub compressed: bool,
    /// The body, not decoded.
    pub body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// Returns [`MessageError`] for a message that is cut short, of an unknown type,
    /// or with an invalid id or route.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, MessageError> {
        Self::decode_expecting(bytes, "")
    }

    /// Reads a message that probably has the route `expected`. If it has, the
    /// returned route is `expected` itself, so that the caller can recognize it by
    /// its address instead of its text.
    ///
    /// # Errors
    /// The same as those of [`Message::decode`].
    #[inline(always)]
    pub fn decode_expecting(bytes: &'a [u8], expected: &'a str) -> Result<Self, MessageError> {
        let mut input = bytes;
        let flags = take(&mut input, 1, "flags")?[0];
        let head = match (flags & KIND) >> 1 {
            0 => {
                let id = take_id(&mut input)?;
                Head::Request(id, take_route(flags, &mut input, expected)?)
            }
            1 => Head::Notify(take_route(flags, &mut input, expected)?),
            2 if flags & ERROR != 0 => Head::Error(take_id(&mut input)?),
            2 => Head::Response(take_id(&mut input)?),
            3 => Head::Push(take_route(flags, &mut input, expected)?),
            kind => return Err(MessageError::Type(kind)),
        };
        Ok(Message { head, compressed: flags & COMPRESSED != 0, body: input })
    }
}

impl Head<'_> {
    /// Appends the head to `out`. The body goes right behind it.
    ///
    /// # Errors
    /// Returns [`MessageError::RouteLength`] for a route of more than 255 bytes.
    /// Nothing is appended then.
    #[inline(always)]
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), MessageError> {
        match *self {
            Self::Request(id, route) => encode_head(MessageType::Request, Some(id), route, out),
            Self::Notify(route) => encode_head(MessageType::Notify, None, route, out),
            Self::Response(id) => {
                out.push((MessageType::Response as u8) << 1);
                push_id(id, out);
                Ok(())
            }
            Self::Error(id) => {
                out.push((MessageType::Response as u8) << 1 | ERROR);
                push_id(id, out);
                Ok(())
            }
            Self::Push(route) => encode_head(MessageType::Push, None, route, out),
        }
    }
}

/// Sets the flag of a compressed body in a message that was written. Only a peer that has
/// said that it reads such bodies may get it.
pub fn mark_compressed(message: &mut [u8]) {
    if let Some(flags) = message.first_mut() {
        *flags |= COMPRESSED;
    }
}

/// The error of a message that cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The message ends inside a field.
    #[error("the message ends inside its {0}")]
    Truncated(&'static str),
    /// The message's type is not 0 to 3.
    #[error("the message has type {0}, expected 0 to 3")]
    Type(u8),
    /// The id has more than five bytes or 32 bits.
    #[error("the message's id has more than 32 bits")]
    Id,
    /// The route is not UTF-8.
    #[error("the message's route is not UTF-8")]
    RouteText,
    /// The route is longer than 255 bytes, which its length byte cannot express.
    #[error("the route has {0} bytes, the limit is 255")]
    RouteLength(usize),
}

fn encode_head(
    kind: MessageType,
    id: Option<Option<RequestId>>,
    route: RouteRef<'_>,
    out: &mut Vec<u8>,
) -> Result<(), MessageError> {
    if let RouteRef::Name(name) = route
        && name.len() > usize::from(u8::MAX)
    {
        return Err(MessageError::RouteLength(name.len()));
    }
    let code = matches!(route, RouteRef::Code(_));
    out.push((kind as u8) << 1 | if code { ROUTE_CODE } else { 0 });
    if let Some(id) = id {
        push_id(id, out);
    }
    match route {
        RouteRef::Name(name) => {
            out.push(name.len() as u8);
            out.extend_from_slice(name.as_bytes());
        }
        RouteRef::Code(code) => out.extend_from_slice(&code.to_be_bytes()),
    }
    Ok(())
}

fn push_id(id: Option<RequestId>, out: &mut Vec<u8>) {
    let mut id = id.map_or(0, RequestId::get);
    while id >= 0x80 {
        out.push(id as u8 | 0x80);
        id >>= 7;
    }
    out.push(id as u8);
}

#[inline(always)]
fn take<'a>(
    input: &mut &'a [u8],
    size: usize,
    field: &'static str,
) -> Result<&'a [u8], MessageError> {
    let (taken, rest) = input.split_at_checked(size).ok_or(MessageError::Truncated(field))?;
    *input = rest;
    Ok(taken)
}

#[inline(always)]
fn take_id(input: &mut &[u8]) -> Result<Option<RequestId>, MessageError> {
    let mut id = 0u32;
    for group in 0..5 {
        let byte = take(input, 1, "id")?[0];
        if group == 4 && byte > 0x0f {
            break;
        }
        id |= u32::from(byte & 0x7f) << (7 * group);
        if byte < 0x80 {
            return Ok(RequestId::new(id));
        }
    }
    Err(MessageError::Id)
}

#[inline(always)]
fn take_route<'a>(
    flags: u8,
    input: &mut &'a [u8],
    expected: &'a str,
) -> Result<RouteRef<'a>, MessageError> {
    if flags & ROUTE_CODE != 0 {
        let code = take(input, 2, "route code")?;
        return Ok(RouteRef::Code(u16::from_be_bytes([code[0], code[1]])));
    }
    let size = take(input, 1, "route length")?[0];
    let name = take(input, usize::from(size), "route")?;
    if name == expected.as_bytes() {
        return Ok(RouteRef::Name(expected));
    }
    utf8(name).map(RouteRef::Name).ok_or(MessageError::RouteText)
}
