//! JSON text, as it is read, to pomelo-protobuf.

use std::fmt::{self, Display};

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::types::{Field, FieldOption, Kind, MessageType, Types};
use super::wire::{MAX_INTEGER, MIN_INTEGER, fill_in, write_varint, zigzag};
use super::{EncodeError, EncodeFault, RouteSchema};
use crate::json::{self, JsonError, NESTING};
use crate::text;

/// What is done about a required field that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Refused,
    Allowed,
}

/// Appends a JSON text.
pub(super) fn encode(
    schema: &RouteSchema<'_>,
    json: &[u8],
    missing: Missing,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let before = out.len();
    let text = text::decode(json);
    let read = |text: &str, depth_limited: bool, out: &mut Vec<u8>| {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        if !depth_limited {
            deserializer.disable_recursion_limit();
        }
        let mut error = None;
        let mut encoder = Encoder { types: schema.types, missing, out, error: &mut error };
        let body = Body { encoder: &mut encoder, message: schema.message };
        let result = body.deserialize(&mut deserializer).and_then(|()| deserializer.end());
        result.map_err(|json| (error, json))
    };
    let result = match read(&text, true, out) {
        Ok(()) => Ok(()),
        Err((Some(error), _)) => Err(error),
        Err((None, error)) => {
            out.truncate(before);
            match json::mend(&text, NESTING) {
                Ok(Some(mended)) => read(&mended, false, out)
                    .map_err(|(known, json)| known.unwrap_or_else(|| JsonError::from(json).into())),
                Ok(None) => Err(JsonError::from(error).into()),
                Err(deep) => Err(JsonError::from(deep).into()),
            }
        }
    };
    if result.is_err() {
        out.truncate(before);
    }
    result
}

/// The output, and the first error. Errors of serde have no place for a path.
struct Encoder<'e> {
    types: &'e Types,
    missing: Missing,
    out: &'e mut Vec<u8>,
    error: &'e mut Option<EncodeError>,
}

impl Encoder<'_> {
    fn fail<E: Error>(&mut self, fault: EncodeFault) -> E {
        *self.error = Some(EncodeError { path: String::new(), fault });
        E::custom("the value does not fit its schema")
    }

    fn misfit<E: Error>(&mut self, found: impl Display, kind: Kind) -> E {
        self.fail(EncodeFault::Type { found: found.to_string(), expected: kind.noun() })
    }

    /// Adds a part in front of the path of the error, if there is one.
    fn locate<T, E>(&mut self, result: Result<T, E>, part: impl Display) -> Result<T, E> {
        if result.is_err()
            && let Some(error) = self.error
        {
            let separator =
                if error.path.is_empty() || error.path.starts_with('[') { "" } else { "." };
            error.path = format!("{part}{separator}{}", error.path);
        }
        result
    }
}

/// A whole body: an object, or `null`, which has no fields.
struct Body<'a, 'e> {
    encoder: &'a mut Encoder<'e>,
    message: &'a MessageType,
}

impl<'de> DeserializeSeed<'de> for Body<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { encoder, message } = self;
        let written =
            FieldValue { encoder, kind: Kind::Message(0), message: Some(message), key: b"" }
                .deserialize(deserializer)?;
        if !written && message.required > 0 && encoder.missing == Missing::Refused {
            let required = message.fields.iter().find(|field| field.is_required());
            let failed = Err(encoder.fail(EncodeFault::Missing));
            return encoder.locate(failed, required.map_or("", |field| &field.name));
        }
        Ok(())
    }
}

/// The value of a field, with its key in front. Returns `false` for `null`, which is no value.
struct FieldValue<'a, 'e> {
    encoder: &'a mut Encoder<'e>,
    kind: Kind,
    /// The message of a whole body, which has no length in front.
    message: Option<&'a MessageType>,
    key: &'a [u8],
}

impl<'de> DeserializeSeed<'de> for FieldValue<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl FieldValue<'_, '_> {
    fn unsigned<E: Error>(self, number: u64) -> Result<bool, E> {
        let Self { encoder, kind, key, .. } = self;
        match kind {
            Kind::Unsigned | Kind::Signed if number > MAX_INTEGER => {
                return Err(encoder.fail(out_of_range(number, kind)));
            }
            Kind::Unsigned => {
                encoder.out.extend_from_slice(key);
                write_varint(number, encoder.out);
            }
            Kind::Signed => {
                encoder.out.extend_from_slice(key);
                write_varint(number << 1, encoder.out);
            }
            Kind::Float | Kind::Double => return encoder.float(number as f64, kind, key),
            _ => return Err(encoder.misfit(number, kind)),
        }
        Ok(true)
    }

    fn signed<E: Error>(self, number: i64) -> Result<bool, E> {
        if let Ok(number) = u64::try_from(number) {
            return self.unsigned(number);
        }
        let Self { encoder, kind, key, .. } = self;
        match kind {
            Kind::Signed if number >= MIN_INTEGER => {
                encoder.out.extend_from_slice(key);
                write_varint(zigzag(number), encoder.out);
                Ok(true)
            }
            Kind::Unsigned | Kind::Signed => Err(encoder.fail(out_of_range(number, kind))),
            Kind::Float | Kind::Double => encoder.float(number as f64, kind, key),
            _ => Err(encoder.misfit(number, kind)),
        }
    }

    /// Numbers in texts are read, as by pomelo, since canonical JSON has them.
    fn text<E: Error>(self, text: &str) -> Result<bool, E> {
        let (Kind::Unsigned | Kind::Signed | Kind::Float | Kind::Double) = self.kind else {
            return self.string(text);
        };
        let text = text.trim();
        if let Ok(number) = text.parse::<i64>() {
            return self.signed(number);
        }
        match text.parse::<f64>() {
            Ok(number) => self.fractional(number),
            Err(_) => Err(self.encoder.misfit("a text", self.kind)),
        }
    }

    fn string<E: Error>(self, text: &str) -> Result<bool, E> {
        let Self { encoder, kind, key, .. } = self;
        if kind != Kind::Text {
            return Err(encoder.misfit("a text", kind));
        }
        encoder.out.extend_from_slice(key);
        write_varint(text.len() as u64, encoder.out);
        encoder.out.extend_from_slice(text.as_bytes());
        Ok(true)
    }

    /// Fractions of integers are cut off, as by pomelo.
    fn fractional<E: Error>(self, number: f64) -> Result<bool, E> {
        match self.kind {
            Kind::Unsigned | Kind::Signed => {
                let whole = number.trunc();
                // Not so for one that is no number at all.
                let fits = whole.abs() <= MAX_INTEGER as f64;
                if !fits {
                    let fault = out_of_range(format_args!("{number:?}"), self.kind);
                    return Err(self.encoder.fail(fault));
                }
                self.signed(whole as i64)
            }
            Kind::Float | Kind::Double => self.encoder.float(number, self.kind, self.key),
            kind => Err(self.encoder.misfit(number, kind)),
        }
    }
}

impl Encoder<'_> {
    fn float<E>(&mut self, number: f64, kind: Kind, key: &[u8]) -> Result<bool, E> {
        self.out.extend_from_slice(key);
        match kind {
            Kind::Float => self.out.extend_from_slice(&(number as f32).to_le_bytes()),
            _ => self.out.extend_from_slice(&number.to_le_bytes()),
        }
        Ok(true)
    }
}

impl<'de> Visitor<'de> for FieldValue<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.noun())
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        Err(self.encoder.misfit(value, self.kind))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<bool, E> {
        self.unsigned(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<bool, E> {
        self.signed(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<bool, E> {
        self.fractional(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        self.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<bool, A::Error> {
        Err(self.encoder.misfit("a list", self.kind))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<bool, A::Error> {
        let Self { encoder, kind, message, key } = self;
        if let Some(message) = message {
            encoder.members(message, members)?;
            return Ok(true);
        }
        let Kind::Message(place) = kind else { return Err(encoder.misfit("an object", kind)) };
        encoder.out.extend_from_slice(key);
        let length = encoder.reserve();
        let types = encoder.types;
        encoder.members(&types.messages[place], members)?;
        fill_in(encoder.out.len() - length - 1, length, encoder.out);
        Ok(true)
    }
}

impl Encoder<'_> {
    /// Makes room for a number that is not known yet, and returns its place.
    fn reserve(&mut self) -> usize {
        self.out.push(0);
        self.out.len() - 1
    }

    fn members<'de, A: MapAccess<'de>>(
        &mut self,
        message: &MessageType,
        mut members: A,
    ) -> Result<(), A::Error> {
        let mut found = Found::default();
        let mut expected = 0;
        while let Some(place) = members.next_key_seed(Name { message, expected })? {
            let Some(place) = place else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            let field = &message.fields[place];
            let written = members.next_value_seed(Member { encoder: self, field });
            let written = self.locate(written, &field.name)?;
            if let FieldOption::Required(number) = field.option
                && written
            {
                found.add(number);
            }
            expected = place + 1;
        }
        if self.missing == Missing::Refused && found.count < message.required {
            let missing = message.fields.iter().find(|field| match field.option {
                FieldOption::Required(number) => !found.has(number),
                _ => false,
            });
            let failed = Err(self.fail(EncodeFault::Missing));
            return self.locate(failed, missing.map_or("", |field| &field.name));
        }
        Ok(())
    }
}

/// The required fields that a message had.
#[derive(Default)]
struct Found {
    count: usize,
    first: u64,
    /// Those behind the first 64.
    more: Vec<usize>,
}

impl Found {
    fn has(&self, number: usize) -> bool {
        match number {
            0..64 => self.first & 1 << number != 0,
            _ => self.more.contains(&number),
        }
    }

    fn add(&mut self, number: usize) {
        if self.has(number) {
            return;
        }
        self.count += 1;
        match number {
            0..64 => self.first |= 1 << number,
            _ => self.more.push(number),
        }
    }
}

/// The name of a member, to the place of its field.
struct Name<'a> {
    message: &'a MessageType,
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.message.find(name, self.expected))
    }
}

/// The value of a member: one, or a list.
struct Member<'a, 'e> {
    encoder: &'a mut Encoder<'e>,
    field: &'a Field,
}

impl<'de> DeserializeSeed<'de> for Member<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let Self { encoder, field } = self;
        let Field { kind, key, .. } = field;
        match (kind, field.option) {
            // Nobody can read it, whatever it is.
            (Kind::Unknown | Kind::UnknownNumber, _) => {
                IgnoredAny::deserialize(deserializer)?;
                Ok(true)
            }
            (_, FieldOption::Repeated) => deserializer.deserialize_any(List { encoder, field }),
            _ => FieldValue { encoder, kind: *kind, message: None, key }.deserialize(deserializer),
        }
    }
}

/// The items of a repeated field.
struct List<'a, 'e> {
    encoder: &'a mut Encoder<'e>,
    field: &'a Field,
}

impl List<'_, '_> {
    fn misfit<E: Error>(self, found: impl Display) -> E {
        let fault = EncodeFault::Type { found: found.to_string(), expected: "a list" };
        self.encoder.fail(fault)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        Err(self.misfit(value))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<bool, E> {
        Err(self.misfit(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<bool, E> {
        Err(self.misfit(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<bool, E> {
        Err(self.misfit(number))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<bool, E> {
        Err(self.misfit("a text"))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<bool, A::Error> {
        Err(self.misfit("an object"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        let Self { encoder, field } = self;
        let &Field { kind, ref key, .. } = field;
        let before = encoder.out.len();
        let counted = kind.is_counted();
        let (count_at, key): (_, &[u8]) = if counted {
            encoder.out.extend_from_slice(key);
            (encoder.reserve(), b"")
        } else {
            (before, key)
        };
        let mut count = 0;
        loop {
            let item = FieldValue { encoder, kind, message: None, key };
            let item = items.next_element_seed(item).and_then(|item| match item {
                // A list has no place for it.
                Some(false) => Err(encoder.misfit("null", kind)),
                item => Ok(item),
            });
            let item = encoder.locate(item, format_args!("[{count}]"))?;
            if item.is_none() {
                break;
            }
            count += 1;
        }
        match count {
            0 => encoder.out.truncate(before),
            _ if counted => fill_in(count, count_at, encoder.out),
            _ => {}
        }
        Ok(true)
    }
}

impl Field {
    fn is_required(&self) -> bool {
        matches!(self.option, FieldOption::Required(_))
    }
}

impl Kind {
    /// Returns the type in a sentence.
    fn noun(self) -> &'static str {
        match self {
            Self::Unsigned | Self::Signed => "an integer",
            Self::Float | Self::Double => "a number",
            Self::Text => "a text",
            Self::Message(_) => "an object",
            Self::Unknown | Self::UnknownNumber => "anything",
        }
    }
}

#[cold]
fn out_of_range(number: impl Display, kind: Kind) -> EncodeFault {
    let range = match kind {
        Kind::Unsigned => "0 to 2^53 - 1",
        _ => "-2^52 to 2^53 - 1",
    };
    EncodeFault::Range { number: number.to_string(), range }
}
