//! The errors of schemas and of bodies.

use std::fmt;

use crate::json::JsonError;

/// The error of a schema file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// The file.
    pub file: SchemaFile,
    /// The route, and within it the messages and the key of the field, such as
    /// `chat.chatHandler.send > message Line > optional bool loud`.
    pub place: String,
    /// The mistake.
    pub fault: SchemaFault,
}

/// One of the two files of schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SchemaFile {
    /// `serverProtos.json`: answers and pushes.
    Server,
    /// `clientProtos.json`: requests and notifies.
    Client,
}

/// The mistake in a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaFault {
    /// The file is not JSON, for this reason.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// The file, a route or a message is not an object.
    #[error("it is not an object: write `{{\"required uInt32 id\": 1}}`")]
    NotAnObject,
    /// A key is neither a field nor a message. Pomelo passes over it.
    #[error(
        "it is neither a field nor a message: write `required`, `optional` or `repeated`, a \
         type and a name, with one space between them, or `message` and a name"
    )]
    Key,
    /// The name of a field is one of those that the schemas themselves use.
    #[error("the name is one that schemas themselves use: write another")]
    Reserved,
    /// A tag is not an integer from 1 to [`MAX_TAG`](super::MAX_TAG).
    #[error("the tag is not an integer from 1 to 268435455")]
    Tag,
    /// A tag is used twice in a message. Pomelo drops the second field.
    #[error("the tag {tag} belongs to `{owner}` already: write another number")]
    DuplicateTag {
        /// The tag.
        tag: u32,
        /// The name of the field that has it.
        owner: String,
    },
    /// The name of a field is used twice in a message.
    #[error("the message has a field of this name already")]
    DuplicateName,
    /// The type does not exist. Pomelo writes no value for it.
    #[error(
        "the type `{0}` is neither a message of this route nor a `message {0}` beside the \
         routes: pomelo-protobuf has uInt32, int32, sInt32, float, double and string, and \
         instead of a boolean write uInt32, instead of bytes or 64 bits string"
    )]
    Type(String),
    /// Two sources of schemas define this differently.
    #[error("it is defined twice, and differently")]
    Twice,
}

/// The error of a value that a schema cannot express.
#[derive(Debug, PartialEq, Eq)]
pub struct EncodeError {
    /// The path of the field, such as `items[2].name`. Empty for the body itself.
    pub path: String,
    /// The problem.
    pub fault: EncodeFault,
}

/// The problem of a value that a schema cannot express.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeFault {
    /// The body is not JSON, for this reason.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// A required field is missing or `null`.
    #[error("the field is required by its schema")]
    Missing,
    /// The value does not have the type of its field.
    #[error("{found} is not {expected}")]
    Type {
        /// The value, such as `true` or `a list`.
        found: String,
        /// The type of the field.
        expected: &'static str,
    },
    /// An integer is outside of the type's range.
    #[error("{number} is not within {range}")]
    Range {
        /// The number.
        number: String,
        /// The range of the type.
        range: &'static str,
    },
}

/// The error of bytes that a schema cannot decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The path of the field, such as `items.name`. Empty for the body itself.
    pub path: String,
    /// The problem.
    pub fault: DecodeFault,
}

/// The problem of bytes that a schema cannot decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeFault {
    /// The bytes end within a value.
    #[error("the bytes end within a value")]
    Truncated,
    /// A number has more than 64 bits, or the bytes end within it.
    #[error("the bytes are not a number of at most 64 bits")]
    Number,
    /// The schema has no field with this tag.
    #[error("the schema has no field with the tag {0}")]
    UnknownTag(u64),
    /// Messages are nested too deeply.
    #[error("messages are nested more than {limit} levels deep")]
    TooDeep {
        /// The most levels.
        limit: usize,
    },
    /// The body is too large as JSON.
    #[error("as JSON it has more than {limit} bytes")]
    TooLarge {
        /// The most bytes.
        limit: usize,
    },
}

impl fmt::Display for SchemaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "the server's schemas (serverProtos.json)",
            Self::Client => "the clients' schemas (clientProtos.json)",
        })
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place, fault } = self;
        match &**place {
            "" => write!(f, "in {file}: {fault}"),
            place => write!(f, "in {file}, at `{place}`: {fault}"),
        }
    }
}

impl std::error::Error for SchemaError {}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_located(&self.path, &self.fault, f)
    }
}

impl std::error::Error for EncodeError {}

impl From<JsonError> for EncodeError {
    fn from(error: JsonError) -> Self {
        Self { path: String::new(), fault: EncodeFault::Json(error.to_string()) }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_located(&self.path, &self.fault, f)
    }
}

impl std::error::Error for DecodeError {}

fn write_located(path: &str, fault: &dyn fmt::Display, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match path {
        "" => write!(f, "the body does not fit its schema: {fault}"),
        path => write!(f, "the body does not fit its schema at `{path}`: {fault}"),
    }
}
