//! What a method or a listener is called with.

use serde::{Deserialize, Serialize};

use super::Payload;

/// The arguments of a call or an event: a [`Payload`] that is an array.
///
/// Real engines spread it into a call, and fail on anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments(Payload);

impl Arguments {
    /// The arguments in a tuple, an array or a list; `()` is none.
    ///
    /// # Errors
    /// [`ArgumentsError`] for a single value, which belongs into `(value,)`,
    /// and for what cannot be JSON.
    pub fn of<T: Serialize + ?Sized>(values: &T) -> Result<Self, ArgumentsError> {
        let payload =
            Payload::of(values).map_err(|error| ArgumentsError::Json(error.to_string()))?;
        if payload.as_str() == "null" {
            return Ok(Self::default());
        }
        Self::try_from(payload)
    }

    /// Reads all arguments at once, exactly as many as `T` has.
    ///
    /// # Errors
    /// Another number of arguments, or other types. JavaScript callers leave
    /// arguments out and add some: [`Arguments::values`] is more patient.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        self.0.parse()
    }

    /// The arguments one by one.
    pub fn values(&self) -> Vec<Payload> {
        // Every array of JSON is a list of JSON.
        self.0.parse().unwrap_or_default()
    }

    /// The array.
    pub fn as_payload(&self) -> &Payload {
        &self.0
    }

    /// The array.
    pub fn into_payload(self) -> Payload {
        self.0
    }
}

impl Default for Arguments {
    /// No arguments.
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

/// What cannot be arguments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentsError {
    /// A value that cannot be JSON.
    #[error("arguments that cannot be JSON: {0}")]
    Json(String),
    /// JSON, but no array.
    #[error("arguments have to be an array: write (value,) for a single one")]
    NoArray,
}
