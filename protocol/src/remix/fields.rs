//! The fields of a message as JSON, and their order.

use std::collections::BTreeMap;
use std::fmt;

use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Payload;

/// The most unknown fields of a message. Each takes memory besides its bytes.
const MAX_EXTRA: usize = 64;

/// A field that the protocol knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Action,
    Name,
    Key,
    Payload,
    Id,
    RequestInfo,
    Error,
}

impl Field {
    pub(super) const COUNT: usize = 7;

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Name => "name",
            Self::Key => "key",
            Self::Payload => "payload",
            Self::Id => "id",
            Self::RequestInfo => "requestInfo",
            Self::Error => "error",
        }
    }
}

/// The order in which a message's fields are written.
///
/// A message that arrived keeps its order, because an engine answers with a
/// changed copy of the request. Absent fields are skipped, so each order names
/// all fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout(pub(super) [Field; Field::COUNT]);

impl Layout {
    /// Everything that a plugin sends except answers, and an engine's notifications.
    pub(super) const PLAIN: Self = Self([
        Field::Action,
        Field::Name,
        Field::Key,
        Field::Payload,
        Field::Id,
        Field::RequestInfo,
        Field::Error,
    ]);
    /// A plugin's answer.
    pub(super) const ANSWER: Self = Self([
        Field::Action,
        Field::Name,
        Field::Key,
        Field::Id,
        Field::Payload,
        Field::RequestInfo,
        Field::Error,
    ]);
    /// An engine's request.
    pub(super) const ENGINE: Self = Self([
        Field::Id,
        Field::Action,
        Field::Key,
        Field::Payload,
        Field::RequestInfo,
        Field::Name,
        Field::Error,
    ]);

    /// Returns the order of these fields, followed by the absent ones.
    fn arrived(present: &[Field]) -> Self {
        let absent = Self::PLAIN.0.into_iter().filter(|field| !present.contains(field));
        let mut layout = Self::PLAIN;
        for (slot, field) in layout.0.iter_mut().zip(present.iter().copied().chain(absent)) {
            *slot = field;
        }
        layout
    }
}

impl PartialEq for Layout {
    /// Always true: the order of fields does not change an object's meaning.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A field's value as it arrived, borrowed or owned.
pub(super) trait Raw {
    fn text(&self) -> &str;
    fn into_payload(self) -> Payload;
}

impl Raw for &RawValue {
    fn text(&self) -> &str {
        self.get()
    }

    fn into_payload(self) -> Payload {
        self.to_owned().into()
    }
}

impl Raw for Box<RawValue> {
    fn text(&self) -> &str {
        self.get()
    }

    fn into_payload(self) -> Payload {
        self.into()
    }
}

/// The fields of a JSON object, not yet checked.
pub(super) struct Fields<R> {
    values: [Option<R>; Field::COUNT],
    pub(super) layout: Layout,
    pub(super) extra: BTreeMap<String, Payload>,
}

impl<R: Raw> Fields<R> {
    pub(super) fn take(&mut self, field: Field) -> Option<R> {
        self.values[field as usize].take()
    }

    /// Removes a field, as its text.
    pub(super) fn take_payload(&mut self, field: Field) -> Option<Payload> {
        self.take(field).map(Raw::into_payload)
    }

    /// Removes a field that is a `T`. A field of another type moves to `extra`, so
    /// that an answer still echoes it.
    pub(super) fn take_as<T: for<'a> Deserialize<'a>>(&mut self, field: Field) -> Option<T> {
        let value = self.take(field)?;
        let parsed = serde_json::from_str(value.text()).ok();
        if parsed.is_none() {
            self.extra.insert(field.as_str().to_owned(), value.into_payload());
        }
        parsed
    }
}

impl<'de, R: Deserialize<'de>> Deserialize<'de> for Fields<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor(PhantomData))
    }
}

struct FieldsVisitor<R>(PhantomData<R>);

impl<'de, R: Deserialize<'de>> Visitor<'de> for FieldsVisitor<R> {
    type Value = Fields<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message, which is an object")
    }

    /// Reads the fields. A repeated field has its last value at its first position,
    /// as in JavaScript.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<R>, A::Error> {
        let mut values = [const { None }; Field::COUNT];
        let mut present = [Field::Action; Field::COUNT];
        let mut count = 0;
        let mut extra = BTreeMap::new();
        while let Some(key) = map.next_key::<FieldKey>()? {
            match key {
                FieldKey::Known(field) => {
                    let earlier = values[field as usize].replace(map.next_value()?);
                    if earlier.is_none() {
                        present[count] = field;
                        count += 1;
                    }
                }
                FieldKey::Extra(_) if extra.len() == MAX_EXTRA => {
                    return Err(de::Error::custom(format_args!(
                        "more than {MAX_EXTRA} fields are unknown"
                    )));
                }
                FieldKey::Extra(key) => {
                    extra.insert(key, map.next_value()?);
                }
            }
        }
        Ok(Fields { values, layout: Layout::arrived(&present[..count]), extra })
    }
}

enum FieldKey {
    Known(Field),
    Extra(String),
}

impl<'de> Deserialize<'de> for FieldKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FieldKeyVisitor)
    }
}

struct FieldKeyVisitor;

impl Visitor<'_> for FieldKeyVisitor {
    type Value = FieldKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E>(self, text: &str) -> Result<FieldKey, E> {
        let known = Layout::PLAIN.0.into_iter().find(|field| field.as_str() == text);
        Ok(known.map_or_else(|| FieldKey::Extra(text.to_owned()), FieldKey::Known))
    }
}
