//! JSON that is carried, not read.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// One JSON value, as the text that its sender wrote.
///
/// Text survives what a parsed value loses: the order of keys, numbers beyond
/// `f64`, JavaScript's half surrogate pairs. It is parsed once, by who wants
/// it, and a clone is a counter. It never contains a line feed or a carriage
/// return, so every framing can carry it.
///
/// Reads from and writes to `serde_json` only.
#[derive(Clone)]
pub struct Payload(Arc<RawValue>);

impl Payload {
    /// The JSON of a value.
    ///
    /// # Errors
    /// What `value`'s own serializer says; maps with keys that are no texts.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(value).map(Self::from)
    }

    /// A JSON string.
    pub fn text(text: &str) -> Self {
        Self::of_texts(text)
    }

    /// For texts, and for lists, tuples and options of texts only.
    pub(super) fn of_texts<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::of(value).expect("texts have no serializer that could fail")
    }

    /// Reads the value.
    ///
    /// # Errors
    /// The JSON is not a `T`.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(self.as_str())
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// What JavaScript's `if` would say of it.
    pub fn is_truthy(&self) -> bool {
        match self.as_str().trim() {
            "null" | "false" | r#""""# => false,
            text => text.parse::<f64>() != Ok(0.0),
        }
    }
}

impl From<Box<RawValue>> for Payload {
    fn from(raw: Box<RawValue>) -> Self {
        let text = raw.get();
        if !text.contains(['\n', '\r']) {
            return Self(raw.into());
        }
        // Inside strings both are escaped, so these are whitespace, and
        // another whitespace is as good.
        let one_line = RawValue::from_string(text.replace(['\n', '\r'], " "));
        Self(one_line.unwrap_or(raw).into())
    }
}

impl PartialEq for Payload {
    /// Equal texts. Equal values may differ in whitespace or the order of keys.
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
        RawValue::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}
