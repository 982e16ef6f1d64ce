//! The messages of one direction, with their types resolved.

use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Value};

use super::MAX_TAG;
use super::wire::write_varint;

/// The messages of one direction.
#[derive(Debug, Default)]
pub(super) struct Types {
    pub(super) messages: Vec<MessageType>,
    pub(super) routes: HashMap<String, usize>,
}

/// A message.
#[derive(Debug, Default)]
pub(super) struct MessageType {
    pub(super) fields: Vec<Field>,
    /// The places of the fields, in the order of their names.
    names: Vec<usize>,
    /// Tags with the places of their fields, in their order.
    tags: Vec<(u32, usize)>,
    /// The number of required fields.
    pub(super) required: usize,
}

/// A field of a message.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: Box<str>,
    /// The name as JSON, with a colon behind it.
    pub(super) json: Box<str>,
    /// The bytes in front of a value: tag and wire type.
    pub(super) key: Box<[u8]>,
    pub(super) option: FieldOption,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldOption {
    /// With its place among the required fields of its message.
    Required(usize),
    Optional,
    Repeated,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Unsigned,
    Signed,
    Float,
    Double,
    Text,
    /// The message at this place.
    Message(usize),
    /// No type that exists. It has no value on the wire, and in JSON neither. Released
    /// servers accept such schemas; ours do not.
    Unknown,
    /// One of two types of 64 bits that exist by name only, and whose lists have a count.
    UnknownNumber,
}

/// A type that does not exist.
pub(super) struct UnknownType {
    /// The route, messages and field.
    pub(super) place: String,
    pub(super) name: String,
}

impl Types {
    /// Resolves schemas in their parsed form, and returns the first type that does not exist.
    /// Parts of another form are passed over, as by pomelo's own clients.
    pub(super) fn resolve(parsed: &Map<String, Value>) -> (Self, Option<UnknownType>) {
        let mut roots = HashMap::new();
        let mut routes = HashMap::new();
        for (place, name) in parsed.keys().enumerate() {
            match name.strip_prefix("message ") {
                Some(message) => roots.insert(message, place),
                None => routes.insert(name.clone(), place),
            };
        }
        let mut messages = Vec::new();
        messages.resize_with(parsed.len(), MessageType::default);
        let mut resolver = Resolver { roots, messages, unknown: None };
        for (place, (name, schema)) in parsed.iter().enumerate() {
            let path = Path { outer: None, name };
            resolver.messages[place] = resolver.message(schema, &path);
        }
        let Resolver { messages, unknown, .. } = resolver;
        (Self { messages, routes }, unknown)
    }
}

struct Resolver<'p> {
    /// The messages beside the routes, which all of them may use.
    roots: HashMap<&'p str, usize>,
    messages: Vec<MessageType>,
    unknown: Option<UnknownType>,
}

/// The names of a message and of those around it. They are joined only for an error, since a
/// peer chooses them.
struct Path<'p> {
    outer: Option<&'p Self>,
    name: &'p str,
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outer {
            Some(outer) => write!(f, "{outer} > message {}", self.name),
            None => f.write_str(self.name),
        }
    }
}

impl Resolver<'_> {
    fn message(&mut self, schema: &Value, path: &Path<'_>) -> MessageType {
        let mut nested = HashMap::new();
        for (name, schema) in members(schema, "__messages") {
            let message = self.message(schema, &Path { outer: Some(path), name });
            nested.insert(name, self.messages.len());
            self.messages.push(message);
        }
        let mut message = MessageType::default();
        for (name, field) in schema.as_object().into_iter().flatten() {
            if let Some(field) = self.field(name, field, &nested, message.required, path) {
                message.required += usize::from(matches!(field.option, FieldOption::Required(_)));
                message.fields.push(field);
            }
        }
        let fields = &message.fields;
        let mut names: Vec<_> = (0..fields.len()).collect();
        names.sort_by_key(|&at| &fields[at].name);
        message.names = names;
        for (tag, name) in members(schema, "__tags") {
            let place = name.as_str().and_then(|name| message.find(name, 0));
            if let (Ok(tag), Some(place)) = (tag.parse(), place) {
                message.tags.push((tag, place));
            }
        }
        message.tags.sort_unstable();
        message
    }

    fn field(
        &mut self,
        name: &str,
        field: &Value,
        nested: &HashMap<&String, usize>,
        required: usize,
        path: &Path<'_>,
    ) -> Option<Field> {
        let text = |key| field.get(key).and_then(Value::as_str);
        let option = match text("option")? {
            "required" => FieldOption::Required(required),
            "optional" => FieldOption::Optional,
            "repeated" => FieldOption::Repeated,
            _ => return None,
        };
        let tag = u32::try_from(field.get("tag")?.as_u64()?).ok().filter(|tag| *tag <= MAX_TAG)?;
        let type_name = text("type")?;
        let kind = match type_name {
            "uInt32" => Kind::Unsigned,
            "int32" | "sInt32" => Kind::Signed,
            "float" => Kind::Float,
            "double" => Kind::Double,
            "string" => Kind::Text,
            _ => match nested.get(&type_name.to_owned()).or_else(|| self.roots.get(type_name)) {
                Some(&message) => Kind::Message(message),
                None => {
                    let option = text("option")?;
                    self.unknown.get_or_insert_with(|| UnknownType {
                        place: format!("{path} > {option} {type_name} {name}"),
                        name: type_name.into(),
                    });
                    match type_name {
                        "uInt64" | "sInt64" => Kind::UnknownNumber,
                        _ => Kind::Unknown,
                    }
                }
            },
        };
        let mut key = Vec::new();
        write_varint(u64::from(tag << 3 | kind.wire_type()), &mut key);
        let json = format!("{}:", Value::from(name)).into();
        Some(Field { name: name.into(), json, key: key.into(), option, kind })
    }
}

fn members<'v>(schema: &'v Value, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    schema.get(key).and_then(Value::as_object).into_iter().flatten()
}

impl MessageType {
    /// Returns the place of a field. `expected` is the place that is looked at first.
    pub(super) fn find(&self, name: &str, expected: usize) -> Option<usize> {
        if self.fields.get(expected).is_some_and(|field| *field.name == *name) {
            return Some(expected);
        }
        let found = self.names.binary_search_by(|&at| (*self.fields[at].name).cmp(name));
        Some(self.names[found.ok()?])
    }

    /// Returns the place of the field with a tag.
    pub(super) fn by_tag(&self, tag: u64) -> Option<usize> {
        let tag = u32::try_from(tag).ok()?;
        let found = self.tags.binary_search_by_key(&tag, |(tag, _)| *tag);
        Some(self.tags[found.ok()?].1)
    }
}

impl Field {
    pub(super) fn is_required(&self) -> bool {
        matches!(self.option, FieldOption::Required(_))
    }
}

impl Kind {
    fn wire_type(self) -> u32 {
        match self {
            Self::Unsigned | Self::Signed => 0,
            Self::Double => 1,
            Self::Text | Self::Message(_) | Self::Unknown | Self::UnknownNumber => 2,
            Self::Float => 5,
        }
    }

    /// Returns the type in a sentence.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Unsigned | Self::Signed => "an integer",
            Self::Float | Self::Double => "a number",
            Self::Text => "a text",
            Self::Message(_) => "an object",
            Self::Unknown | Self::UnknownNumber => "anything",
        }
    }

    /// Returns whether the items of a list are counted, behind one key.
    pub(super) fn is_counted(self) -> bool {
        !matches!(self, Self::Text | Self::Message(_) | Self::Unknown)
    }
}
