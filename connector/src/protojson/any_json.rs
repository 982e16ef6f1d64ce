//! The well-known types that represent any JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use prost_types::value::Kind;
use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::Error as _;
use serde::{Deserializer, Serializer};

use super::fields::Read;
use super::{Double, Form, List, Map};

/// The form of `Value`: any JSON.
#[derive(Debug)]
pub struct Value;

impl Form<prost_types::Value> for Value {
    fn write<S: Serializer>(value: &prost_types::Value, serializer: S) -> Result<S::Ok, S::Error> {
        match &value.kind {
            None | Some(Kind::NullValue(_)) => serializer.serialize_unit(),
            Some(Kind::BoolValue(value)) => serializer.serialize_bool(*value),
            Some(Kind::ListValue(values)) => ListValue::write(values, serializer),
            Some(Kind::NumberValue(value)) if value.is_finite() => Double::write(value, serializer),
            Some(Kind::NumberValue(_)) => Err(S::Error::custom(
                "NaN and infinity cannot be written as a `Value`, which is a JSON number",
            )),
            Some(Kind::StringValue(value)) => serializer.serialize_str(value),
            Some(Kind::StructValue(value)) => Struct::write(value, serializer),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<prost_types::Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }

    fn is_default(_: &prost_types::Value) -> bool {
        false
    }

    fn null() -> Option<prost_types::Value> {
        Some(Kind::NullValue(0).into())
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = prost_types::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Kind::BoolValue(value).into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Kind::NumberValue(value).into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Kind::StringValue(value.to_owned()).into())
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Kind::NullValue(0).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(Read::<Value, _>(PhantomData))? {
            values.push(value);
        }
        Ok(Kind::ListValue(prost_types::ListValue { values }).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some(key) = map.next_key()? {
            fields.insert(key, map.next_value_seed(Read::<Value, _>(PhantomData))?);
        }
        Ok(Kind::StructValue(prost_types::Struct { fields }).into())
    }
}

/// The form of `Struct`: any object.
#[derive(Debug)]
pub struct Struct;

impl Form<prost_types::Struct> for Struct {
    fn write<S: Serializer>(value: &prost_types::Struct, serializer: S) -> Result<S::Ok, S::Error> {
        Map::<Value>::write(&value.fields, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<prost_types::Struct, D::Error> {
        let fields = Map::<Value>::read(deserializer)?;
        Ok(prost_types::Struct { fields })
    }

    fn is_default(_: &prost_types::Struct) -> bool {
        false
    }
}

/// The form of `ListValue`: any array.
#[derive(Debug)]
pub struct ListValue;

impl Form<prost_types::ListValue> for ListValue {
    fn write<S: Serializer>(
        value: &prost_types::ListValue,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        List::<Value>::write(&value.values, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<prost_types::ListValue, D::Error> {
        let values = List::<Value>::read(deserializer)?;
        Ok(prost_types::ListValue { values })
    }

    fn is_default(_: &prost_types::ListValue) -> bool {
        false
    }
}

/// The form of `NullValue`: `null`. Its name and its number are read too.
#[derive(Debug)]
pub struct Null;

impl Form<i32> for Null {
    fn write<S: Serializer>(_: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        deserializer.deserialize_any(Self)
    }

    /// Always true. In a oneof it is written nevertheless, to show that it is set.
    fn is_default(_: &i32) -> bool {
        true
    }

    fn null() -> Option<i32> {
        Some(0)
    }
}

impl Visitor<'_> for Null {
    type Value = i32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null")
    }

    fn visit_unit<E: Error>(self) -> Result<i32, E> {
        Ok(0)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i32, E> {
        match number {
            0 => Ok(0),
            _ => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<i32, E> {
        match name {
            "NULL_VALUE" => Ok(0),
            _ => Err(E::invalid_value(Unexpected::Str(name), &self)),
        }
    }
}
