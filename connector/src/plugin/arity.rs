//! The number of arguments that a method takes.

use connector_protocol::json::{self, JsonError};
use connector_protocol::remix::{Arguments, Payload};
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value::Error};
use serde::forward_to_deserialize_any;

/// Reads arguments as JavaScript passes them: those behind the last one of the tuple are
/// ignored, and missing ones are `null`.
pub(super) fn read<T: DeserializeOwned>(arguments: &Arguments) -> Result<T, JsonError> {
    let given = arguments.as_payload().read::<T>();
    let Err(error) = given else { return given };
    let Some(arity) = arity::<T>() else { return Err(error) };
    if arity == 0 {
        return json::read("null", json::NESTING);
    }
    let values = arguments.values();
    if values.len() == arity {
        return Err(error);
    }
    let texts = values.iter().map(Payload::as_str).chain(std::iter::repeat("null")).take(arity);
    json::read(&format!("[{}]", texts.collect::<Vec<_>>().join(",")), json::NESTING)
}

/// Returns the length of a tuple type.
fn arity<T: DeserializeOwned>() -> Option<usize> {
    let mut arity = None;
    let _ = T::deserialize(Probe(&mut arity));
    arity
}

/// A deserializer that finds out how long a tuple is, and reads nothing.
struct Probe<'a>(&'a mut Option<usize>);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("not a tuple"))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, _: V) -> Result<V::Value, Error> {
        *self.0 = Some(len);
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
        *self.0 = Some(0);
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit_struct newtype_struct seq map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn args(text: &str) -> Arguments {
        Arguments::try_from(serde_json::from_str::<Payload>(text).unwrap()).unwrap()
    }

    #[test]
    fn arguments_are_read_as_javascript_passes_them() {
        let two = |text: &str| read::<(i64, Option<i64>)>(&args(text)).map_err(|e| e.to_string());
        assert_eq!(two("[1,2]"), Ok((1, Some(2))));
        assert_eq!(two("[1,2,3,{}]"), Ok((1, Some(2))));
        assert_eq!(two("[1]"), Ok((1, None)));
        assert!(two("[]").unwrap_err().starts_with("invalid type: null"));
        assert!(two("[1,\"x\"]").unwrap_err().starts_with("invalid type: string"));
        assert!(two("[1,\"x\",3]").unwrap_err().starts_with("invalid type: string"));
        assert_eq!(read::<()>(&args("[]")).ok(), Some(()));
        assert_eq!(read::<()>(&args("[1,2]")).ok(), Some(()));
        assert_eq!(read::<Vec<i64>>(&args("[1,2]")).unwrap(), [1, 2]);
        assert_eq!(read::<(Value,)>(&args("[\"\\ud83d\",1]")).unwrap().0, "\u{fffd}");
    }
}
