//! Booleans, enums, and messages in messages.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Form;
use super::number::Int32;
use super::unknown;

/// The form of a boolean.
#[derive(Debug)]
pub struct Bool;

impl Form<bool> for Bool {
    fn write<S: Serializer>(value: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*value)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        bool::deserialize(deserializer)
    }

    fn is_default(value: &bool) -> bool {
        !value
    }
}

/// The form of a message within a message, or of another type that implements serde's
/// traits.
#[derive(Debug)]
pub struct Nested;

impl<M: Serialize + DeserializeOwned> Form<M> for Nested {
    fn write<S: Serializer>(value: &M, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<M, D::Error> {
        M::deserialize(deserializer)
    }

    fn is_default(_: &M) -> bool {
        false
    }
}

/// The names of an enum's values in the schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Names`, so its values have no names",
    note = "use enums that `connector_build::compile` generates"
)]
pub trait Names {
    /// Returns the name of a number.
    fn name(number: i32) -> Option<&'static str>;

    /// Returns the number of a name.
    fn number(name: &str) -> Option<i32>;
}

/// The form of the enum `E`, whose value prost keeps as a number.
#[derive(Debug)]
pub struct Enum<E>(PhantomData<E>);

impl<E> Enum<E> {
    /// Creates the form, which has no state.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E: Names> Form<i32> for Enum<E> {
    fn write<S: Serializer>(value: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        match E::name(*value) {
            Some(name) => serializer.serialize_str(name),
            // The value is from a newer version of the schema.
            None => serializer.serialize_i32(*value),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        // Where a name can be skipped, `read_known` is called.
        Ok(Self::read_known(deserializer)?.unwrap_or_default())
    }

    fn read_known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i32>, D::Error> {
        deserializer.deserialize_any(EnumVisitor::<E>(PhantomData))
    }

    fn is_default(value: &i32) -> bool {
        *value == 0
    }
}

struct EnumVisitor<E>(PhantomData<E>);

impl<E: Names> Visitor<'_> for EnumVisitor<E> {
    type Value = Option<i32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name or the number of an enum's value")
    }

    fn visit_str<X: Error>(self, name: &str) -> Result<Option<i32>, X> {
        match E::number(name) {
            None if !unknown::are_skipped() => Err(X::invalid_value(Unexpected::Str(name), &self)),
            number => Ok(number),
        }
    }

    fn visit_i64<X: Error>(self, number: i64) -> Result<Option<i32>, X> {
        Int32::visitor().visit_i64(number).map(Some)
    }

    fn visit_u64<X: Error>(self, number: u64) -> Result<Option<i32>, X> {
        Int32::visitor().visit_u64(number).map(Some)
    }

    fn visit_f64<X: Error>(self, number: f64) -> Result<Option<i32>, X> {
        Int32::visitor().visit_f64(number).map(Some)
    }
}
