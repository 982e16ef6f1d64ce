//! Pomelo's schema files, to the parsed form that the handshake carries.

use serde_json::{Map, Value, json};

use super::{MAX_TAG, SchemaError, SchemaFault, SchemaFile};
use crate::pomelo::handshake::array_index;

/// Parses a file of schemas to the form that pomelo's parser makes of it.
///
/// Pomelo passes over what it does not understand; here that is an error, except for keys
/// without a space, such as `//`, which serve as comments.
pub(super) fn parse(text: &str, file: SchemaFile) -> Result<Map<String, Value>, SchemaError> {
    let fail = |place: &str, fault| SchemaError { file, place: place.into(), fault };
    // A file that begins with a byte order mark comes from an editor.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value = serde_json::from_str(text)
        .map_err(|error| fail("", SchemaFault::Json(error.to_string())))?;
    let Value::Object(routes) = value else { return Err(fail("", SchemaFault::NotAnObject)) };
    let mut parsed = Map::new();
    for (route, schema) in &routes {
        let message = parse_message(schema, route).map_err(|(place, fault)| fail(&place, fault))?;
        parsed.insert(route.clone(), message);
    }
    Ok(in_javascript_order(parsed))
}

/// The names that the parsed form has beside those of fields, and one that JavaScript has.
const RESERVED: [&str; 3] = ["__messages", "__tags", "__proto__"];

type Fault = (String, SchemaFault);

fn parse_message(schema: &Value, place: &str) -> Result<Value, Fault> {
    let Value::Object(schema) = schema else {
        return Err((place.into(), SchemaFault::NotAnObject));
    };
    let mut fields = Map::new();
    let mut nested = Map::new();
    let mut tags: Map<String, Value> = Map::new();
    for (key, value) in schema {
        let place = || format!("{place} > {key}");
        let fail = |fault| Err((place(), fault));
        let words: Vec<_> = key.split(' ').collect();
        match *words {
            ["message", name] if !name.is_empty() => {
                nested.insert(name.into(), parse_message(value, &place())?);
            }
            [option @ ("required" | "optional" | "repeated"), kind, name]
                if !kind.is_empty() && !name.is_empty() =>
            {
                let tag = value.as_u64().and_then(|tag| u32::try_from(tag).ok());
                let Some(tag) = tag.filter(|tag| (1..=MAX_TAG).contains(tag)) else {
                    return fail(SchemaFault::Tag);
                };
                if RESERVED.contains(&name) {
                    return fail(SchemaFault::Reserved);
                }
                if let Some(Value::String(owner)) = tags.get(&tag.to_string()) {
                    return fail(SchemaFault::DuplicateTag { tag, owner: owner.clone() });
                }
                let field = json!({ "option": option, "type": kind, "tag": tag });
                if fields.insert(name.into(), field).is_some() {
                    return fail(SchemaFault::DuplicateName);
                }
                tags.insert(tag.to_string(), name.into());
            }
            [_] => {}
            _ => return fail(SchemaFault::Key),
        }
    }
    fields.insert("__messages".into(), Value::Object(in_javascript_order(nested)));
    fields.insert("__tags".into(), Value::Object(in_javascript_order(tags)));
    Ok(Value::Object(in_javascript_order(fields)))
}

/// Returns an object with its members in the order that JavaScript gives them: first the
/// keys that are indexes, as numbers, then the others as they came. The version is a hash of
/// this order.
fn in_javascript_order(object: Map<String, Value>) -> Map<String, Value> {
    let mut members: Vec<_> = object.into_iter().collect();
    members.sort_by_key(|(key, _)| array_index(key).unwrap_or(u32::MAX));
    members.into_iter().collect()
}
