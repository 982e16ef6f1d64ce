//! Protobuf's canonical JSON, for the messages that `connector-build`
//! generates.
//!
//! Each kind of value has a type here, a [`Form`], which writes and reads it. A
//! message only names the form of each field. This module is for generated code: it
//! may change in any version.
//!
//! | value | JSON |
//! |---|---|
//! | 64-bit integers | text (numbers are read too) |
//! | enums | the name (the number is read too, and written if it has no name) |
//! | bytes | base64 (all its alphabets are read) |
//! | floats | numbers, `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | maps | objects |
//! | `Timestamp`, `Duration`, `FieldMask` | text |
//! | `Struct`, `ListValue`, `Value` | the JSON that they represent |
//! | `StringValue` and other wrappers | the value, or nothing |
//! | `Any` | an object of its message with its type as `@type` |
//!
//! A field at its default is not written. A missing field and `null` are read as the
//! default. Unknown fields are skipped, so that clients and servers need not be of the
//! same version. A field that is there twice is an error, as are two of one `oneof`.
//!
//! Source: <https://protobuf.dev/programming-guides/json/>.

mod any;
mod any_json;
mod collection;
mod distinct;
mod fields;
mod number;
mod scalar;
mod seen;
mod text;
mod time;
mod unknown;
mod well_known;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserializer, Serializer};

use seen::Seen;

pub use std::primitive::{i32, str, u32};

pub use any::{Any, Registry, Visit};
pub use any_json::{ListValue, Null, Struct, Value};
pub use collection::{List, Map};
pub use fields::{Entry, Fields};
pub use number::{Double, Float, Int32, Int64, UInt32, UInt64};
pub use scalar::{Bool, Enum, Names, Nested};
pub use text::{Bytes, Text};
pub use time::{Duration, Timestamp};
pub use unknown::skip_unknown_names;
pub use well_known::{Empty, FieldMask};

/// A message, as a table of its fields.
pub trait Message: Default {
    /// Returns the number of a field, by its name in JSON or in the schema.
    fn number(name: &str) -> Option<u32>;

    /// Writes the fields that are set.
    ///
    /// # Errors
    /// Returns the serializer's error.
    fn write<S: SerializeMap>(&self, fields: &mut Fields<S>) -> Result<(), S::Error>;

    /// Reads the field of this number.
    ///
    /// # Errors
    /// Returns the deserializer's error, also for a value that does not fit.
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        number: u32,
        entry: Entry<'_, A>,
    ) -> Result<(), A::Error>;
}

/// The JSON form of values of type `T`.
pub trait Form<T> {
    /// Writes a value.
    ///
    /// # Errors
    /// Returns the serializer's error, or fails for a value that JSON cannot express.
    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads a value. `null` is an error.
    ///
    /// # Errors
    /// Returns the deserializer's error, also for a value that does not fit.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>;

    /// Reads a value, or returns `None` for one that is to be skipped. `null` is an error.
    ///
    /// # Errors
    /// Returns the deserializer's error, also for a value that does not fit.
    fn read_known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        Self::read(deserializer).map(Some)
    }

    /// Returns whether the value is the default, which need not be written.
    fn is_default(value: &T) -> bool;

    /// Returns the value of `null`, if `null` is not the absence of a value.
    fn null() -> Option<T> {
        None
    }
}

/// Writes a message.
///
/// # Errors
/// Returns the serializer's error.
pub fn serialize<M: Message, S: Serializer>(message: &M, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = Fields(serializer.serialize_map(None)?);
    message.write(&mut fields)?;
    fields.0.end()
}

/// Reads a message.
///
/// # Errors
/// Returns the deserializer's error, also for a value that does not fit.
pub fn deserialize<'de, M: Message, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
    deserializer.deserialize_map(MessageVisitor(PhantomData))
}

/// Makes prost's type with a [`Message`] a body, which serde's traits write and read.
#[doc(hidden)]
#[macro_export]
macro_rules! __generated_message {
    ($message:ty) => {
        $crate::__message!($message);

        impl $crate::__private::proto::serde::Serialize for $message {
            fn serialize<S: $crate::__private::proto::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::protojson::serialize(self, serializer)
            }
        }

        impl<'de> $crate::__private::proto::serde::Deserialize<'de> for $message {
            fn deserialize<D: $crate::__private::proto::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::protojson::deserialize(deserializer)
            }
        }
    };
}

struct MessageVisitor<M>(PhantomData<M>);

impl<'de, M: Message> Visitor<'de> for MessageVisitor<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<M, A::Error> {
        let mut message = M::default();
        let mut seen = Seen::default();
        while let Some(number) = map.next_key_seed(Name::<M>(&mut seen, PhantomData))? {
            let entry = Entry(&mut map);
            match number {
                Some(number) => message.read(number, entry)?,
                None => entry.skip()?,
            }
        }
        Ok(message)
    }
}

/// The seed that reads a field's name without copying it.
struct Name<'a, M>(&'a mut Seen, PhantomData<M>);

impl<'de, M: Message> DeserializeSeed<'de> for Name<'_, M> {
    type Value = Option<u32>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<u32>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<M: Message> Visitor<'_> for Name<'_, M> {
    type Value = Option<u32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<u32>, E> {
        let number = M::number(name);
        if number.is_some_and(|number| !self.0.insert(number)) {
            return Err(E::custom(format_args!("field `{name}` is there twice: write it once")));
        }
        Ok(number)
    }
}
