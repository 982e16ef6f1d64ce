//! Protobuf's canonical JSON, for the messages that `connector-build`
//! generates.
//!
//! Each kind of value has a type here, a [`Form`], that knows how the value is
//! written and read; a message says only which of its fields has which form.
//! Not for users: it may change in any version.
//!
//! | value | JSON |
//! |---|---|
//! | 64-bit integers | text; a number is read too |
//! | enums | the name; the number is read too, and written if it has no name |
//! | bytes | base64; all its alphabets are read |
//! | floats | numbers, `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | maps | objects |
//! | `Timestamp`, `Duration`, `FieldMask` | text |
//! | `Struct`, `ListValue`, `Value` | the JSON that they stand for |
//! | `StringValue` and its like | the value, or nothing |
//!
//! A field at its default is not written, a missing one and `null` are read as
//! the default, one that is unknown is skipped: clients and servers need not be
//! of the same version.
//!
//! Source: <https://protobuf.dev/programming-guides/json/>.

mod any_json;
mod collection;
mod fields;
mod number;
mod scalar;
mod text;
mod well_known;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserializer, Serializer};

pub use std::primitive::{i32, str, u32};

pub use any_json::{ListValue, Null, Struct, Value};
pub use collection::{List, Map};
pub use fields::{Entry, Fields};
pub use number::{Double, Float, Int32, Int64, UInt32, UInt64};
pub use scalar::{Bool, Enum, Names, Nested};
pub use text::{Bytes, Text};
pub use well_known::{Duration, Empty, FieldMask, Timestamp};

/// A message, as a table of its fields.
pub trait Message: Default {
    /// The number of a field, by either of its names.
    fn number(name: &str) -> Option<u32>;

    /// Writes the fields that are there.
    ///
    /// # Errors
    /// The serializer's.
    fn write<S: SerializeMap>(&self, fields: &mut Fields<S>) -> Result<(), S::Error>;

    /// Reads the field of this number.
    ///
    /// # Errors
    /// What does not fit.
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        number: u32,
        entry: Entry<'_, A>,
    ) -> Result<(), A::Error>;
}

/// How values of type `T` stand in JSON.
pub trait Form<T> {
    /// Writes a value.
    ///
    /// # Errors
    /// One that has no form, and the serializer's.
    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads a value; `null` is none.
    ///
    /// # Errors
    /// What does not fit.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>;

    /// Whether it need not be written.
    fn is_default(value: &T) -> bool;

    /// What `null` means, if it is more than the absence of a value.
    fn null() -> Option<T> {
        None
    }
}

/// Writes a message.
///
/// # Errors
/// The serializer's.
pub fn serialize<M: Message, S: Serializer>(message: &M, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = Fields(serializer.serialize_map(None)?);
    message.write(&mut fields)?;
    fields.0.end()
}

/// Reads a message.
///
/// # Errors
/// What does not fit.
pub fn deserialize<'de, M: Message, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    deserializer.deserialize_map(MessageVisitor(PhantomData))
}

struct MessageVisitor<M>(PhantomData<M>);

impl<'de, M: Message> Visitor<'de> for MessageVisitor<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<M, A::Error> {
        let mut message = M::default();
        while let Some(number) = map.next_key_seed(Name::<M>(PhantomData))? {
            let entry = Entry(&mut map);
            match number {
                Some(number) => message.read(number, entry)?,
                None => entry.skip()?,
            }
        }
        Ok(message)
    }
}

/// Reads a field's name without a copy of it.
struct Name<M>(PhantomData<M>);

impl<'de, M: Message> DeserializeSeed<'de> for Name<M> {
    type Value = Option<u32>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<u32>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<M: Message> Visitor<'_> for Name<M> {
    type Value = Option<u32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<u32>, E> {
        Ok(M::number(name))
    }
}
