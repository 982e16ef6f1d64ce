//! Pomelo-protobuf to JSON text.

use std::ops::Range;
use std::result;

use super::types::{Field, FieldOption, Kind, MessageType, Types};
use super::wire::{read_varint, unzigzag};
use super::{DecodeError, DecodeFault, RouteSchema};
use crate::json::NESTING;
use crate::pomelo::javascript;
use crate::text;

/// The limits of a body that is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// The most bytes of the JSON text. Default: 16 MiB.
    pub bytes: usize,
    /// The most messages in one another. Default: 512.
    pub nesting: usize,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { bytes: 16 << 20, nesting: NESTING }
    }
}

/// A body that is decoded.
pub(super) struct Decoder<'d> {
    types: &'d Types,
    message: &'d MessageType,
    body: &'d [u8],
    limits: DecodeLimits,
    out: &'d mut Vec<u8>,
    /// The length of `out` before.
    start: usize,
    /// The values of the messages that are being written, the innermost at the end.
    values: Vec<FieldAt>,
}

/// A value: the place of its field in the message, and its place in the body.
/// A body may have many.
#[derive(Clone, Copy)]
struct FieldAt {
    field: u32,
    at: u32,
}

type Result<T> = result::Result<T, DecodeError>;

impl<'d> Decoder<'d> {
    pub(super) fn new(
        schema: &RouteSchema<'d>,
        body: &'d [u8],
        limits: DecodeLimits,
        out: &'d mut Vec<u8>,
    ) -> Self {
        let &RouteSchema { types, message } = schema;
        let start = out.len();
        Self { types, message, body, limits, out, start, values: Vec::new() }
    }

    pub(super) fn run(mut self) -> Result<()> {
        if u32::try_from(self.body.len()).is_err() {
            return Err(fault(DecodeFault::TooLarge { limit: u32::MAX as usize }));
        }
        let written = self.write_message(self.message, 0..self.body.len(), 1);
        if written.is_err() {
            self.out.truncate(self.start);
        }
        written
    }

    /// Writes the message in a part of the body.
    ///
    /// Its values are found first, since those of a list may lie apart, and only the last
    /// counts of others. They are skipped without looking into messages, so that each byte is
    /// passed once a level.
    fn write_message(
        &mut self,
        message: &'d MessageType,
        part: Range<usize>,
        level: usize,
    ) -> Result<()> {
        if level > self.limits.nesting {
            return Err(fault(DecodeFault::TooDeep { limit: self.limits.nesting }));
        }
        let first = self.values.len();
        let mut at = part.start;
        while at < part.end {
            at = self.find_value(message, at, part.end)?;
        }
        self.write(b"{")?;
        let mut separator: &[u8] = b"";
        for group in self.groups(first) {
            let field = &message.fields[self.values[group.start].field as usize];
            if matches!(field.kind, Kind::Unknown | Kind::UnknownNumber) {
                continue;
            }
            self.write(separator)?;
            separator = b",";
            self.write(field.json.as_bytes())?;
            let mut last = self.values[group.end - 1].at as usize;
            let written = match field.option {
                FieldOption::Repeated => self.write_list(field, group, level),
                _ => self.write_value(field, &mut last, level),
            };
            written.map_err(|error| error.within(&field.name))?;
        }
        self.values.truncate(first);
        self.write(b"}")
    }

    /// Notes the value at `at`, and returns where the next one is.
    fn find_value(&mut self, message: &MessageType, mut at: usize, end: usize) -> Result<usize> {
        let body = &self.body[..end];
        let Some(key) = read_varint(body, &mut at) else { return Err(fault(DecodeFault::Number)) };
        let tag = key >> 3;
        let Some(place) = message.by_tag(tag) else {
            return Err(fault(DecodeFault::UnknownTag(tag)));
        };
        // A body has less than 4 GiB, and a schema fewer fields than it has tags.
        self.values.push(FieldAt { field: place as u32, at: at as u32 });
        let field = &message.fields[place];
        let skipped = match field.option {
            FieldOption::Repeated if field.kind.is_counted() => {
                skip_list(field.kind, body, &mut at)
            }
            _ => skip(field.kind, body, &mut at),
        };
        skipped.map_err(|error| fault(error).within(&field.name))?;
        Ok(at)
    }

    /// Puts the values of each field together, the fields in the order in which they come
    /// first.
    fn groups(&mut self, first: usize) -> Vec<Range<usize>> {
        let values = &mut self.values[first..];
        let ordered = values.is_sorted_by_key(|value| value.field);
        if !ordered {
            values.sort_by_key(|value| value.field);
        }
        let mut groups = Vec::new();
        let mut start = first;
        for group in values.chunk_by(|one, other| one.field == other.field) {
            groups.push(start..start + group.len());
            start += group.len();
        }
        if !ordered {
            groups.sort_by_key(|group| self.values[group.start].at);
        }
        groups
    }

    fn write_list(&mut self, field: &'d Field, group: Range<usize>, level: usize) -> Result<()> {
        self.write(b"[")?;
        let mut separator: &[u8] = b"";
        for place in group {
            let mut at = self.values[place].at as usize;
            let count = match field.kind.is_counted() {
                true => self.number(&mut at)?,
                false => 1,
            };
            for _ in 0..count {
                self.write(separator)?;
                separator = b",";
                self.write_value(field, &mut at, level)?;
            }
        }
        self.write(b"]")
    }

    fn write_value(&mut self, field: &'d Field, at: &mut usize, level: usize) -> Result<()> {
        match field.kind {
            Kind::Unsigned => {
                let number = self.number(at)?;
                self.write_json(&number)
            }
            Kind::Signed => {
                let number = unzigzag(self.number(at)?);
                self.write_json(&number)
            }
            Kind::Float => {
                let number = f32::from_le_bytes(self.bytes(at)?);
                self.write_json(&f64::from(number))
            }
            Kind::Double => {
                let number = f64::from_le_bytes(self.bytes(at)?);
                self.write_json(&number)
            }
            Kind::Text => {
                let bytes = self.part(at)?;
                self.write_json(&text::decode(&self.body[bytes]))
            }
            Kind::Message(message) => {
                let part = self.part(at)?;
                self.write_message(&self.types.messages[message], part, level + 1)
            }
            Kind::Unknown | Kind::UnknownNumber => Ok(()),
        }
    }

    fn number(&self, at: &mut usize) -> Result<u64> {
        read_varint(self.body, at).ok_or_else(|| fault(DecodeFault::Number))
    }

    fn bytes<const N: usize>(&self, at: &mut usize) -> Result<[u8; N]> {
        let bytes = self.body.get(*at..).and_then(|rest| rest.first_chunk());
        *at += N;
        bytes.copied().ok_or_else(|| fault(DecodeFault::Truncated))
    }

    /// Returns the part of the body that has its length in front.
    fn part(&self, at: &mut usize) -> Result<Range<usize>> {
        part(self.body, at).map_err(fault)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.extend_from_slice(bytes);
        let limit = self.limits.bytes;
        match self.out.len() - self.start > limit {
            true => Err(fault(DecodeFault::TooLarge { limit })),
            false => Ok(()),
        }
    }

    fn write_json<T: serde::Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        // Numbers and texts can always be written.
        let _ = javascript::write(value, self.out);
        self.write(b"")
    }
}

/// Moves behind a value.
fn skip(kind: Kind, body: &[u8], at: &mut usize) -> result::Result<(), DecodeFault> {
    match kind {
        Kind::Unsigned | Kind::Signed => {
            read_varint(body, at).ok_or(DecodeFault::Number)?;
        }
        Kind::Float => skip_bytes(4, body, at)?,
        Kind::Double => skip_bytes(8, body, at)?,
        Kind::Text | Kind::Message(_) => {
            part(body, at)?;
        }
        Kind::Unknown | Kind::UnknownNumber => {}
    }
    Ok(())
}

/// Moves behind a list of numbers.
fn skip_list(kind: Kind, body: &[u8], at: &mut usize) -> result::Result<(), DecodeFault> {
    let count = read_varint(body, at).ok_or(DecodeFault::Number)?;
    let size = match kind {
        Kind::Float => 4,
        Kind::Double => 8,
        Kind::UnknownNumber => 0,
        _ => {
            for _ in 0..count {
                read_varint(body, at).ok_or(DecodeFault::Number)?;
            }
            return Ok(());
        }
    };
    let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
    skip_bytes(bytes.ok_or(DecodeFault::Truncated)?, body, at)
}

fn skip_bytes(count: usize, body: &[u8], at: &mut usize) -> result::Result<(), DecodeFault> {
    let end = at.checked_add(count).filter(|end| *end <= body.len());
    *at = end.ok_or(DecodeFault::Truncated)?;
    Ok(())
}

fn part(body: &[u8], at: &mut usize) -> result::Result<Range<usize>, DecodeFault> {
    let length = read_varint(body, at).ok_or(DecodeFault::Number)?;
    let start = *at;
    skip_bytes(usize::try_from(length).map_err(|_| DecodeFault::Truncated)?, body, at)?;
    Ok(start..*at)
}

#[cold]
fn fault(fault: DecodeFault) -> DecodeError {
    DecodeError { path: String::new(), fault }
}

impl DecodeError {
    /// Adds a field in front of the path. Of a very long one the inner part is enough.
    fn within(mut self, field: &str) -> Self {
        const LONG: usize = 256;
        if self.path.len() > LONG {
            return self;
        }
        let separator = if self.path.is_empty() { "" } else { "." };
        self.path = format!("{field}{separator}{}", self.path);
        self
    }
}
