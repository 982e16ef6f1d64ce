//! The bodies of polling requests: several packets in one.
//!
//! | Engine.IO | body | packets |
//! |---|---|---|
//! | 4 | text | separated by U+001E; bytes are `b` and base64 |
//! | 3 | text | `LENGTH:` and the packet; the length counts units of UTF-16 |
//! | 3 | bytes | 0 for text or 1 for bytes, the length in bytes as decimal digits 0 to 9, 255 |
//!
//! Programs of socket.io 1 write their texts as UTF-8 twice, and count the characters of the
//! first. Nothing says so. What is written here is therefore ASCII alone, which is the same in
//! both, and what is read is taken for twice written if it can be, unless an earlier packet
//! of the session could not be ([`Charset`]).

use std::borrow::Cow;

use super::Version;
use super::text::write_ascii;

/// The byte between two packets of Engine.IO 4.
const SEPARATOR: u8 = 0x1e;
/// The byte behind a length in a body of bytes.
const END_OF_LENGTH: u8 = 0xff;
/// The most digits of a length, which therefore fits into 32 bits.
const DIGITS: usize = 9;

/// A packet in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// A packet of text.
    Text(Cow<'a, str>),
    /// A packet of bytes. They are not looked at.
    Binary,
}

/// The way in which a program of Engine.IO 3 writes texts, as far as its packets have shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// As UTF-8, or twice so as programs of socket.io 1 do: all packets could be either.
    #[default]
    Unknown,
    /// As UTF-8.
    Utf8,
}

/// The packets of a body, in their order.
#[derive(Debug)]
pub struct Payload {
    version: Version,
    body: Body,
    /// The start of the next packet. `None` behind the last one, or an error.
    at: Option<usize>,
    charset: Charset,
}

#[derive(Debug)]
enum Body {
    Text(String),
    Bytes(Vec<u8>),
}

/// The error of a body that does not consist of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The body is not UTF-8.
    #[error("the body of a request is not UTF-8")]
    Utf8,
    /// There is no packet, or one without a byte.
    #[error("the body of a request has an empty packet")]
    Empty,
    /// A length is missing, or is not a number of at most nine digits.
    #[error("the body of a request has a packet without its length")]
    Length,
    /// The body ends within a packet.
    #[error("the body of a request ends within a packet")]
    Short,
    /// A packet of a body of bytes is neither text nor bytes.
    #[error("the body of a request has a packet that is neither text nor bytes")]
    Kind,
}

impl Payload {
    /// Creates a reader of a body. `is_bytes` says that it is one of bytes, by its content
    /// type, which Engine.IO 3 alone has.
    ///
    /// # Errors
    /// Returns [`PayloadError::Utf8`] for a body of text that is not UTF-8, and
    /// [`PayloadError::Empty`] for an empty one.
    pub fn new(
        version: Version,
        body: Vec<u8>,
        is_bytes: bool,
        charset: Charset,
    ) -> Result<Self, PayloadError> {
        if body.is_empty() {
            return Err(PayloadError::Empty);
        }
        let body = match version {
            Version::V3 if is_bytes => Body::Bytes(body),
            _ => Body::Text(String::from_utf8(body).map_err(|_| PayloadError::Utf8)?),
        };
        Ok(Self { version, body, at: Some(0), charset })
    }

    /// Returns what the packets so far have shown of the program's way of writing texts.
    #[must_use]
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// Returns the size of the whole body, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.body {
            Body::Text(body) => body.len(),
            Body::Bytes(body) => body.len(),
        }
    }

    /// Takes the next packet. `None` behind the last one, and behind an error.
    ///
    /// # Errors
    /// Returns [`PayloadError`] for what is not a packet.
    pub fn next_packet(&mut self) -> Result<Option<Packet<'_>>, PayloadError> {
        let Some(at) = self.at.take() else { return Ok(None) };
        match &self.body {
            Body::Text(body) => {
                let text = &body[at..];
                let (packet, rest) = match self.version {
                    Version::V4 => separated(text),
                    Version::V3 => counted(text)?,
                };
                if packet.is_empty() {
                    return Err(PayloadError::Empty);
                }
                self.at = rest.map(|rest| body.len() - rest.len());
                if packet.starts_with('b') {
                    return Ok(Some(Packet::Binary));
                }
                Ok(Some(Packet::Text(match self.version {
                    Version::V4 => packet.into(),
                    Version::V3 => written_once(packet, &mut self.charset),
                })))
            }
            Body::Bytes(body) => {
                let (packet, rest) = delimited(&body[at..])?;
                self.at = (!rest.is_empty()).then(|| body.len() - rest.len());
                Ok(Some(packet))
            }
        }
    }
}

/// Returns the text of a packet, which may have been written as UTF-8 twice.
fn written_once<'a>(packet: &'a str, charset: &mut Charset) -> Cow<'a, str> {
    if packet.is_ascii() || *charset == Charset::Utf8 {
        return packet.into();
    }
    let bytes: Option<Vec<u8>> =
        packet.chars().map(|character| u8::try_from(character).ok()).collect();
    match bytes.map(String::from_utf8) {
        Some(Ok(text)) => text.into(),
        _ => {
            *charset = Charset::Utf8;
            packet.into()
        }
    }
}

/// Takes a packet up to the next separator, and returns the others, if there are any.
fn separated(text: &str) -> (&str, Option<&str>) {
    match text.split_once(char::from(SEPARATOR)) {
        Some((packet, rest)) => (packet, Some(rest)),
        None => (text, None),
    }
}

/// Takes a packet behind its length in units of UTF-16.
fn counted(text: &str) -> Result<(&str, Option<&str>), PayloadError> {
    let digits = text.bytes().take(DIGITS + 1).take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > DIGITS || text.as_bytes().get(digits) != Some(&b':') {
        return Err(PayloadError::Length);
    }
    let mut left: usize = text[..digits].parse().map_err(|_| PayloadError::Length)?;
    let text = &text[digits + 1..];
    let mut end = 0;
    for character in text.chars() {
        if left == 0 {
            break;
        }
        // A length that ends within a pair of surrogates is not one.
        left = left.checked_sub(character.len_utf16()).ok_or(PayloadError::Length)?;
        end += character.len_utf8();
    }
    if left > 0 {
        return Err(PayloadError::Short);
    }
    let (packet, rest) = text.split_at(end);
    Ok((packet, (!rest.is_empty()).then_some(rest)))
}

/// Takes a packet of a body of bytes.
fn delimited(bytes: &[u8]) -> Result<(Packet<'_>, &[u8]), PayloadError> {
    let is_text = match bytes.first() {
        Some(0) => true,
        Some(1) => false,
        _ => return Err(PayloadError::Kind),
    };
    let digits = bytes[1..].iter().take(DIGITS + 1).take_while(|digit| **digit <= 9).count();
    if digits == 0 || digits > DIGITS || bytes.get(1 + digits) != Some(&END_OF_LENGTH) {
        return Err(PayloadError::Length);
    }
    let len = bytes[1..=digits].iter().fold(0, |len, digit| len * 10 + usize::from(*digit));
    let (packet, rest) = bytes[digits + 2..].split_at_checked(len).ok_or(PayloadError::Short)?;
    if packet.is_empty() {
        return Err(PayloadError::Empty);
    }
    if !is_text {
        return Ok((Packet::Binary, rest));
    }
    let text = str::from_utf8(packet).map_err(|_| PayloadError::Utf8)?;
    Ok((Packet::Text(text.into()), rest))
}

/// A writer of bodies.
#[derive(Clone, Copy, Debug)]
pub struct PayloadWriter(Version);

impl PayloadWriter {
    /// The content type of what it writes.
    pub const CONTENT_TYPE: &'static str = "text/plain; charset=UTF-8";

    /// Creates a writer.
    #[must_use]
    pub fn new(version: Version) -> Self {
        Self(version)
    }

    /// Appends a packet to the body `out`.
    pub fn write(self, packet: &str, out: &mut Vec<u8>) {
        match self.0 {
            Version::V4 => {
                if !out.is_empty() {
                    out.push(SEPARATOR);
                }
                out.extend_from_slice(packet.as_bytes());
            }
            Version::V3 if packet.is_ascii() => {
                out.extend_from_slice(format!("{}:", packet.len()).as_bytes());
                out.extend_from_slice(packet.as_bytes());
            }
            Version::V3 => {
                let mut ascii = Vec::with_capacity(2 * packet.len());
                write_ascii(packet, &mut ascii);
                out.extend_from_slice(format!("{}:", ascii.len()).as_bytes());
                out.extend_from_slice(&ascii);
            }
        }
    }
}
