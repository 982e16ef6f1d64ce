//! JSON values that are passed on unread.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::json::{self, JsonError};

/// A JSON value, as the text that its sender wrote.
///
/// The text keeps what a parsed value would lose: the order of keys, numbers beyond
/// `f64`, and unpaired surrogates, which JavaScript allows. It is parsed only where
/// its value is needed, and a clone shares it. It contains no line feed and no
/// carriage return, so every framing can carry it.
///
/// It can be serialized with and deserialized from `serde_json` only.
#[derive(Clone)]
pub struct Payload(Arc<Box<RawValue>>);

impl Payload {
    /// Writes a value as JSON.
    ///
    /// # Errors
    /// Returns the error of the value's serializer, or fails for a map whose keys are
    /// not strings.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(value).map(Self::from)
    }

    /// Creates a JSON string.
    pub fn text(text: &str) -> Self {
        Self::of_texts(text)
    }

    /// Writes texts, and lists, tuples and options of texts, which cannot fail.
    pub(super) fn of_texts<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::of(value).expect("texts have no serializer that could fail")
    }

    /// Reads the value.
    ///
    /// # Errors
    /// Fails if the JSON is not a `T`.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(self.as_str())
    }

    /// Reads a value that need not borrow, also from JSON that only JavaScript writes:
    /// see [`json`](crate::json).
    ///
    /// # Errors
    /// Fails if the JSON is not a `T`, or is nested too deeply.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        json::read(self.as_str(), json::NESTING)
    }

    /// Returns the JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Returns whether JavaScript considers the value true, as in an `if`.
    pub fn is_truthy(&self) -> bool {
        match self.as_str().trim() {
            "null" | "false" | r#""""# => false,
            text => serde_json::from_str::<f64>(text).ok() != Some(0.0),
        }
    }
}

impl From<Box<RawValue>> for Payload {
    fn from(raw: Box<RawValue>) -> Self {
        // The box is kept, since an `Arc` of the value itself would be a copy.
        if !raw.get().contains(['\n', '\r']) {
            return Self(raw.into());
        }
        // Inside of strings both are escaped, so these are whitespace between
        // tokens, and a space means the same.
        let mut bytes = String::from(Box::<str>::from(raw)).into_bytes();
        for byte in &mut bytes {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        let text = String::from_utf8(bytes).expect("a space in place of a line feed is UTF-8");
        let raw = RawValue::from_string(text).expect("whitespace in place of other is JSON");
        Self(raw.into())
    }
}

impl PartialEq for Payload {
    /// Compares the texts. Equal values may differ in whitespace or the order of keys.
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Payload {}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}
