//! The members of an object.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::list::List;
use super::value::FieldValue;
use super::{Encoder, Missing};
use crate::pomelo::protobuf::EncodeFault;
use crate::pomelo::protobuf::types::{Field, FieldOption, Kind, MessageType};

impl Encoder<'_> {
    /// Appends the members of an object.
    pub(super) fn members<'de, A: MapAccess<'de>>(
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
