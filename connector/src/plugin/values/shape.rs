//! The shapes of types that JSON is read as.

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value::Error};
use serde::forward_to_deserialize_any;

/// The shape of a type, as far as its `Deserialize` tells it before it has read anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// A tuple of so many values.
    Tuple(usize),
    /// It keeps the text, as a [`Payload`](connector_protocol::remix::Payload) does.
    Text,
    #[default]
    Other,
}

impl Shape {
    /// Returns the shape of `T`.
    pub(super) fn of<T: DeserializeOwned>() -> Self {
        let mut shape = Self::Other;
        let _ = T::deserialize(Probe(&mut shape));
        shape
    }
}

/// A deserializer that takes note of what is asked for, and reads nothing.
struct Probe<'a>(&'a mut Shape);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        *self.0 = Shape::Other;
        Err(Error::custom("another type"))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, _: V) -> Result<V::Value, Error> {
        *self.0 = Shape::Tuple(len);
        Err(Error::custom("a tuple"))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.0 = Shape::Tuple(0);
        visitor.visit_unit()
    }

    /// The type that keeps the text asks for a wrapper, but does not take a value in it.
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = Shape::Text;
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit_struct seq map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use connector_protocol::remix::Payload;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Deserialize)]
    struct Wrapped<T>(T);

    #[test]
    fn types_that_keep_the_text_are_told_from_those_that_wrap_values() {
        for shape in [Shape::of::<Payload>(), Shape::of::<Wrapped<Payload>>()] {
            assert_eq!(shape, Shape::Text);
        }
        for shape in [
            Shape::of::<Value>(),
            Shape::of::<Wrapped<Value>>(),
            Shape::of::<Wrapped<Vec<u64>>>(),
            Shape::of::<Wrapped<String>>(),
            Shape::of::<Vec<Payload>>(),
            Shape::of::<Option<Payload>>(),
        ] {
            assert_eq!(shape, Shape::Other);
        }
        assert_eq!(Shape::of::<(Payload, Value)>(), Shape::Tuple(2));
        assert_eq!(Shape::of::<()>(), Shape::Tuple(0));
    }
}
