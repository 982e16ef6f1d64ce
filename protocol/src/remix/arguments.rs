//! The arguments of calls and events.

use serde::{Deserialize, Serialize};

use super::Payload;

/// The arguments of a call or an event: a [`Payload`] that is an array.
///
/// Released engines spread the array into a call, and fail on anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments(Payload);

impl Arguments {
    /// Converts a tuple, an array or a list to arguments. `()` gives an empty list.
    ///
    /// # Errors
    /// Returns [`ArgumentsError`] for a single value, which has to be written as
    /// `(value,)`, and for values that JSON cannot express.
    pub fn of<T: Serialize + ?Sized>(values: &T) -> Result<Self, ArgumentsError> {
        let payload =
            Payload::of(values).map_err(|error| ArgumentsError::Json(error.to_string()))?;
        if payload.as_str() == "null" {
            return Ok(Self::default());
        }
        Self::try_from(payload)
    }

    /// Reads all arguments at once. `T` is a tuple of exactly as many.
    ///
    /// # Errors
    /// Fails for another number of arguments, or other types. JavaScript callers
    /// may leave arguments out or add some: [`Arguments::values`] accepts that.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        self.0.parse()
    }

    /// Returns the arguments one by one. Each takes some 80 bytes beside its text.
    pub fn values(&self) -> Vec<Payload> {
        // It cannot fail: the payload is an array.
        self.0.parse().unwrap_or_default()
    }

    /// Returns the JSON array.
    pub fn as_payload(&self) -> &Payload {
        &self.0
    }

    /// Converts the arguments to their JSON array.
    pub fn into_payload(self) -> Payload {
        self.0
    }
}

impl Default for Arguments {
    /// Returns no arguments.
    fn default() -> Self {
        Self(Payload::of_texts::<[&str]>(&[]))
    }
}

impl TryFrom<Payload> for Arguments {
    type Error = ArgumentsError;

    fn try_from(payload: Payload) -> Result<Self, Self::Error> {
        if !payload.as_str().trim_start().starts_with('[') {
            return Err(ArgumentsError::NoArray);
        }
        Ok(Self(payload))
    }
}

/// The error of values that cannot be arguments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentsError {
    /// JSON cannot express a value.
    #[error("the arguments cannot be written as JSON: {0}")]
    Json(String),
    /// The value is not an array in JSON.
    #[error("the arguments are not an array: write `(value,)` for a single argument")]
    NoArray,
}
