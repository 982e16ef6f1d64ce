//! The reading of arguments and results, whose sender is not trusted.

use std::fmt;

use connector_protocol::json::{self, JsonError};
use connector_protocol::remix::{Arguments, Outcome, Payload};
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::shape::Shape;
use crate::plugin::CallError;

/// Reads JSON of at most this many values: as `serde_json::Value` they take many times the
/// bytes of their text. A type that keeps the text is read whatever is in it.
pub(in crate::plugin) fn read<T: DeserializeOwned>(
    text: &str,
    values: usize,
) -> Result<T, JsonError> {
    // Each value takes two bytes at least.
    if text.len() / 2 >= values && Shape::of::<T>() != Shape::Text {
        json::check_values(text, values)?;
    }
    json::read(text, json::NESTING)
}

/// Reads arguments as JavaScript passes them: those behind the last one of the tuple are
/// ignored, and missing ones are `null`.
pub(in crate::plugin) fn read_arguments<T: DeserializeOwned>(
    arguments: &Arguments,
    values: usize,
) -> Result<T, JsonError> {
    let given = read::<T>(arguments.as_payload().as_str(), values);
    let Err(error) = given else { return given };
    let Shape::Tuple(arity) = Shape::of::<T>() else { return Err(error) };
    if arity == 0 {
        return json::read("null", json::NESTING);
    }
    if let JsonError::Values(_) = error {
        return Err(error);
    }
    let (split, _) = split(arguments, values);
    if split.len() == arity {
        return Err(error);
    }
    let texts = split.iter().map(|text| text.get()).chain(std::iter::repeat("null")).take(arity);
    json::read(&format!("[{}]", texts.collect::<Vec<_>>().join(",")), json::NESTING)
}

/// Returns the arguments one by one, and an error if there are more than `limit`, which are
/// left out.
pub(in crate::plugin) fn split(
    arguments: &Arguments,
    limit: usize,
) -> (Vec<&RawValue>, Option<JsonError>) {
    let text = arguments.as_payload().as_str();
    let split = serde_json::Deserializer::from_str(text).deserialize_seq(First(limit));
    // It cannot fail: the payload is an array.
    let (split, is_whole) = split.unwrap_or_default();
    let too_many = match is_whole {
        true => None,
        false => json::check_values(text, limit).err().map(JsonError::from),
    };
    (split, too_many)
}

/// A visitor of the first items of an array, so many at most.
struct First(usize);

impl<'de> Visitor<'de> for First {
    /// The items, and whether they are all.
    type Value = (Vec<&'de RawValue>, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut first = Vec::new();
        while first.len() < self.0 {
            let Some(item) = items.next_element()? else { return Ok((first, true)) };
            first.push(item);
        }
        let mut is_whole = true;
        while items.next_element::<IgnoredAny>()?.is_some() {
            is_whole = false;
        }
        Ok((first, is_whole))
    }
}

/// Reads a result. A method that returned nothing returned `null`.
pub(in crate::plugin) fn read_result<T: DeserializeOwned>(
    outcome: Outcome,
    values: usize,
) -> Result<T, CallError> {
    let payload = outcome?;
    let text = payload.as_ref().map_or("null", Payload::as_str);
    read(text, values).map_err(CallError::Result)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn args(text: &str) -> Arguments {
        Arguments::try_from(serde_json::from_str::<Payload>(text).unwrap()).unwrap()
    }

    fn read<T: DeserializeOwned>(arguments: &Arguments) -> Result<T, JsonError> {
        read_arguments(arguments, 100)
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

    #[test]
    fn values_are_bounded_unless_their_text_is_kept() {
        let zeros = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        let fitting = zeros(99);
        assert_eq!(super::read::<Value>(&fitting, 100).unwrap().as_array().unwrap().len(), 99);
        let many = zeros(100);
        let error = super::read::<Value>(&many, 100).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the limit `values` allows 100 values in a JSON body, exceeded at line 1 column 199"
        );
        assert!(matches!(super::read::<Vec<u8>>(&many, 100), Err(JsonError::Values(_))));
        assert_eq!(super::read::<Payload>(&many, 100).unwrap().as_str(), many);
        for error in [
            read::<Vec<Value>>(&args(&many)).unwrap_err(),
            read::<(Value,)>(&args(&many)).unwrap_err(),
            split(&args(&zeros(101)), 100).1.unwrap(),
        ] {
            assert!(matches!(error, JsonError::Values(_)), "{error}");
        }
        assert!(read::<()>(&args(&many)).is_ok(), "nothing of it is read");
    }
}
