//! Messages, enums and the types of fields.

use std::fmt;

use crate::place::Spanned;

/// A message.
#[derive(Debug)]
#[non_exhaustive]
pub struct Message {
    /// The full name, with its package.
    pub name: Spanned<String>,
    /// The comments on it.
    pub docs: String,
    /// The fields, in the order of their numbers.
    pub fields: Vec<Field>,
    /// The names of its oneofs.
    pub oneofs: Vec<Spanned<String>>,
    /// The messages that are nested in it, entries of maps excepted.
    pub messages: Vec<Self>,
    /// The enums that are nested in it.
    pub enums: Vec<Enum>,
    /// The push that carries it.
    pub push: Option<Push>,
    /// True if it is marked as deprecated.
    pub deprecated: bool,
}

impl Message {
    /// Returns the field with this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.value == name)
    }

    /// Returns the names by which JSON may refer to a field of this message: its JSON
    /// name and, unless another field has it as its JSON name, the original name.
    pub fn json_keys<'a>(&'a self, field: &'a Field) -> impl Iterator<Item = &'a str> {
        let name = &*field.name.value;
        let taken = self.fields.iter().any(|other| other.json_name == name);
        [&*field.json_name].into_iter().chain((!taken).then_some(name))
    }
}

/// A push, from a server to its clients.
#[derive(Debug)]
#[non_exhaustive]
pub struct Push {
    /// The route.
    pub route: Spanned<String>,
    /// The number of the route in the dictionary of routes: 1 or more.
    pub code: Option<Spanned<u16>>,
    /// True if it has no schema in [`PomeloProtos`](crate::PomeloProtos).
    pub json: bool,
}

/// A field of a message.
#[derive(Debug)]
#[non_exhaustive]
pub struct Field {
    /// The name.
    pub name: Spanned<String>,
    /// The comments on it.
    pub docs: String,
    /// The number in protobuf's encoding.
    pub number: u32,
    /// The key in JSON.
    pub json_name: String,
    /// The type, and how many values the field has.
    pub kind: FieldKind,
    /// The name of the oneof that it belongs to.
    pub oneof: Option<String>,
    /// True if an absent value differs from a default value.
    pub presence: bool,
    /// True if it is marked as `required`, which proto2 has.
    pub required: bool,
    /// True if it is marked as deprecated.
    pub deprecated: bool,
}

/// The type of a field, and how many values it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One value.
    Single(Type),
    /// A list of values.
    Repeated(Type),
    /// A map from keys to values.
    Map {
        /// The type of the keys: a scalar.
        key: Type,
        /// The type of the values.
        value: Type,
    },
}

impl FieldKind {
    /// Returns the type of the value, of an element or of a map's values.
    pub fn value(&self) -> &Type {
        match self {
            Self::Single(value) | Self::Repeated(value) | Self::Map { value, .. } => value,
        }
    }
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A scalar.
    Scalar(Scalar),
    /// An enum, by its full name.
    Enum(String),
    /// A message, by its full name.
    Message(String),
}

/// Protobuf's scalar types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they have the names of protobuf's own documentation")]
pub enum Scalar {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
}

/// Shows the name in a schema, such as `uint32`.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_ascii_lowercase())
    }
}

/// An enum.
#[derive(Debug)]
#[non_exhaustive]
pub struct Enum {
    /// The full name, with its package.
    pub name: Spanned<String>,
    /// The comments on it.
    pub docs: String,
    /// The values, in the order of their numbers. Several names of one number are in the
    /// order of the schema; the first of them is the one to write.
    pub values: Vec<EnumValue>,
    /// True if it is marked as deprecated.
    pub deprecated: bool,
}

/// A value of an enum.
#[derive(Debug)]
#[non_exhaustive]
pub struct EnumValue {
    /// The name.
    pub name: Spanned<String>,
    /// The comments on it.
    pub docs: String,
    /// The number in protobuf's encoding.
    pub number: i32,
    /// True if it is marked as deprecated.
    pub deprecated: bool,
}
