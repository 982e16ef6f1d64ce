//! The value of a field.

use std::fmt::{self, Display};

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::Encoder;
use crate::pomelo::protobuf::EncodeFault;
use crate::pomelo::protobuf::types::{Kind, MessageType};
use crate::pomelo::protobuf::wire::{MAX_INTEGER, MIN_INTEGER, fill_in, write_varint, zigzag};

/// The value of a field, with its key in front. Returns `false` for `null`, which is no value.
pub(super) struct FieldValue<'a, 'e> {
    pub(super) encoder: &'a mut Encoder<'e>,
    pub(super) kind: Kind,
    /// The message of a whole body, which has no length in front.
    pub(super) message: Option<&'a MessageType>,
    pub(super) key: &'a [u8],
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

#[cold]
fn out_of_range(number: impl Display, kind: Kind) -> EncodeFault {
    let range = match kind {
        Kind::Unsigned => "0 to 2^53 - 1",
        _ => "-2^52 to 2^53 - 1",
    };
    EncodeFault::Range { number: number.to_string(), range }
}
