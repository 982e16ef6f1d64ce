//! The calls and events of plugins that a `.proto` file describes: the fields of a message are
//! the arguments, in the order of their numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use connector_protocol::json::JsonError;
use connector_protocol::remix::{Arguments, ArgumentsError, Payload};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use super::remote::Remote;
use super::values::reading;
use super::{CallError, PluginCaller};

/// A field of a message, and the argument that it is.
#[derive(Clone, Copy, Debug)]
pub struct RemoteField {
    /// The key in canonical JSON.
    name: &'static str,
    /// The JSON of the default, which canonical JSON leaves out.
    default: &'static str,
    /// It has 64-bit integers, which are strings in canonical JSON and numbers in a plugin's.
    is_wide: bool,
}

/// Returns a field with the JSON of its default, which is `null` if it may be left out.
pub const fn field(name: &'static str, default: &'static str) -> RemoteField {
    RemoteField { name, default, is_wide: false }
}

/// Returns a field of one or several 64-bit integers.
pub const fn wide_field(name: &'static str, default: &'static str) -> RemoteField {
    RemoteField { name, default, is_wide: true }
}

impl<C: PluginCaller> Remote<C> {
    /// Calls a method with the fields of a message. What it returns is the only field of an
    /// `O`, or an object of several.
    pub fn call_fields<'c, I: Serialize, O: DeserializeOwned>(
        &'c self,
        method: &'static str,
        input: &I,
        takes: &[RemoteField],
        returns: &'static [RemoteField],
    ) -> impl Future<Output = Result<O, CallError>> + use<'c, I, O, C> {
        let arguments = spread(input, takes);
        async move {
            let (result, values) = self.call_unread(method, arguments?).await?;
            let text = match returns {
                [_] => object(returns, [result.as_str()]),
                _ => result.as_str().to_owned(),
            };
            reading::read(&text, values).map_err(CallError::Result)
        }
    }
}

/// Reads the arguments of an event as the fields of a message. Missing ones are defaults.
///
/// # Errors
/// Returns [`JsonError`] if they are not a `T`, or more than this many values.
pub fn gather<T: DeserializeOwned>(
    arguments: &Arguments,
    values: usize,
    fields: &[RemoteField],
) -> Result<T, JsonError> {
    let (given, too_many) = reading::split(arguments, values);
    match too_many {
        Some(error) => Err(error),
        None => reading::read(&object(fields, given.into_iter().map(RawValue::get)), values),
    }
}

/// Writes the values of fields as a message in JSON.
fn object<'v>(fields: &[RemoteField], values: impl IntoIterator<Item = &'v str>) -> String {
    let mut object = String::from("{");
    for (field, value) in fields.iter().zip(values) {
        if object.len() > 1 {
            object.push(',');
        }
        object.push_str(Payload::text(field.name).as_str());
        object.push(':');
        object.push_str(value);
    }
    object.push('}');
    object
}

/// Writes the fields of a message as arguments, without the last ones that are optional and
/// have no value.
fn spread<T: Serialize>(message: &T, fields: &[RemoteField]) -> Result<Arguments, ArgumentsError> {
    let json = |error: serde_json::Error| ArgumentsError::Json(error.to_string());
    if fields.is_empty() {
        return Ok(Arguments::default());
    }
    let message = to_raw_value(message).map_err(json)?;
    let members: BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(message.get()).map_err(json)?;
    let mut list = String::from("[");
    // Where the list ends without the values that are left out.
    let mut end = list.len();
    for field in fields {
        if list.len() > 1 {
            list.push(',');
        }
        match members.get(field.name) {
            // There is nothing in it but numbers, with quotes around them.
            Some(value) if field.is_wide => list.push_str(&value.get().replace('"', "")),
            Some(value) => list.push_str(value.get()),
            None => list.push_str(field.default),
        }
        if members.contains_key(field.name) || field.default != "null" {
            end = list.len();
        }
    }
    list.truncate(end);
    list.push(']');
    let list = RawValue::from_string(list).map_err(json)?;
    Arguments::try_from(Payload::from(list))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    const FIELDS: [RemoteField; 4] = [
        field("path", "\"\""),
        wide_field("sizes", "[]"),
        field("mode", "null"),
        wide_field("at", "null"),
    ];

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(default)]
    struct Entry {
        path: String,
        sizes: Vec<i64>,
        mode: Option<String>,
    }

    impl Default for Entry {
        fn default() -> Self {
            Self { path: "nowhere".to_owned(), sizes: Vec::new(), mode: None }
        }
    }

    #[test]
    fn fields_become_arguments() {
        let spread = |message: Value| spread(&message, &FIELDS).unwrap().as_payload().to_string();
        assert_eq!(spread(json!({})), r#"["",[]]"#);
        assert_eq!(spread(json!({"path": "a,]"})), r#"["a,]",[]]"#);
        assert_eq!(spread(json!({"sizes": ["1", "-2"]})), r#"["",[1,-2]]"#);
        assert_eq!(spread(json!({"mode": "r"})), r#"["",[],"r"]"#);
        assert_eq!(spread(json!({"at": "9007199254740993"})), r#"["",[],null,9007199254740993]"#);
        assert_eq!(super::spread(&json!({}), &[]).unwrap(), Arguments::default());
    }

    #[test]
    fn arguments_become_fields() {
        let gather = |arguments: Value| {
            gather::<Entry>(&Arguments::of(&arguments).unwrap(), 8, &FIELDS)
                .map_err(|error| error.to_string())
        };
        let entry = |path: &str, sizes: &[i64]| Entry {
            path: path.to_owned(),
            sizes: sizes.to_vec(),
            mode: None,
        };
        assert_eq!(gather(json!(["a", [1]])), Ok(entry("a", &[1])));
        assert_eq!(gather(json!(["a"])), Ok(entry("a", &[])));
        assert_eq!(gather(json!([])), Ok(Entry::default()));
        assert_eq!(gather(json!(["a", [], null, 1, "more"])), Ok(entry("a", &[])));
        assert!(gather(json!([1])).unwrap_err().contains("string"));
        assert!(gather(json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).unwrap_err().contains("limit"));
    }
}
