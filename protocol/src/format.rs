//! The formats of message bodies, to which applications may add others.

use std::any::type_name;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use erased_serde::Error as ErasedError;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde::{Deserializer, Serialize, Serializer};

/// The format of a message body.
///
/// Two formats are the same if their names are.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub enum Format {
    /// JSON text.
    #[default]
    Json,
    /// Protocol Buffers.
    Protobuf,
    /// A format of the application, such as CBOR.
    Custom(&'static dyn BodyFormat),
}

impl Format {
    /// Returns the name that the native handshake carries: `json`, `protobuf`,
    /// or that of the application's format.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Protobuf => "protobuf",
            Self::Custom(format) => format.name(),
        }
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json, Self::Json) | (Self::Protobuf, Self::Protobuf) => true,
            (Self::Json, Self::Protobuf) | (Self::Protobuf, Self::Json) => false,
            _ => self.name() == other.name(),
        }
    }
}

impl Eq for Format {}

impl Hash for Format {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A format of bodies in which serde's types can be written.
///
/// Its library needs a public `Deserializer`, and the format has to be self-describing,
/// as CBOR and MessagePack are.
///
/// ```
/// use connector_protocol::format::{BodyFormat, BodySlot, BodyValue, Format, FormatError};
///
/// /// JSON with line breaks.
/// struct Pretty;
///
/// impl BodyFormat for Pretty {
///     fn name(&self) -> &'static str {
///         "pretty"
///     }
///
///     fn write(&self, value: BodyValue<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
///         serde_json::to_writer_pretty(out, &value).map_err(FormatError::new)
///     }
///
///     fn read(&self, body: &[u8], slot: BodySlot<'_>) -> Result<(), FormatError> {
///         slot.fill(&mut serde_json::Deserializer::from_slice(body))
///     }
/// }
///
/// assert_eq!(Format::Custom(&Pretty).name(), "pretty");
/// ```
pub trait BodyFormat: Send + Sync + 'static {
    /// Returns the name that the native handshake carries, which no other format
    /// has.
    fn name(&self) -> &'static str;

    /// Appends a value.
    ///
    /// # Errors
    /// Returns [`FormatError`] for a value that this format cannot express. The caller
    /// truncates `out` then.
    fn write(&self, value: BodyValue<'_>, out: &mut Vec<u8>) -> Result<(), FormatError>;

    /// Reads a body into `slot`.
    ///
    /// # Errors
    /// Returns [`FormatError`] for a body that is not of this format, or does not fit.
    fn read(&self, body: &[u8], slot: BodySlot<'_>) -> Result<(), FormatError>;

    /// Returns the number of values in a body, which [`Limits::values`](crate::Limits::values)
    /// bounds: a peer's small values may be large ones here. Default: 0, by which no body has
    /// too many.
    fn values(&self, body: &[u8]) -> usize {
        let _ = body;
        0
    }
}

impl dyn BodyFormat {
    /// Appends a value of any type.
    ///
    /// # Errors
    /// The same as those of [`BodyFormat::write`].
    pub fn write_value<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        self.write(BodyValue(&value), out)
    }

    /// Reads a value of any type.
    ///
    /// # Errors
    /// The same as those of [`BodyFormat::read`].
    pub fn read_value<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, FormatError> {
        self.read_seed(body, PhantomData)
    }

    /// Reads with a seed, for values that need more than their type.
    ///
    /// # Errors
    /// The same as those of [`BodyFormat::read`].
    pub fn read_seed<T, S>(&self, body: &[u8], seed: S) -> Result<T, FormatError>
    where
        S: for<'de> DeserializeSeed<'de, Value = T>,
    {
        let mut seed = Some(seed);
        let mut read = None;
        self.read(
            body,
            BodySlot(&mut |deserializer| {
                if let Some(seed) = seed.take() {
                    read = Some(seed.deserialize(deserializer)?);
                }
                Ok(())
            }),
        )?;
        read.ok_or_else(|| {
            let format = self.name();
            let wanted = type_name::<T>();
            FormatError::new(format_args!("the format `{format}` has read no `{wanted}`"))
        })
    }
}

/// A value that a [`BodyFormat`] writes, for any serializer.
#[derive(Clone, Copy)]
pub struct BodyValue<'a>(&'a dyn erased_serde::Serialize);

impl Serialize for BodyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for BodyValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyValue").finish_non_exhaustive()
    }
}

/// The place for the value that a [`BodyFormat`] reads.
pub struct BodySlot<'a>(&'a mut Fill<'a>);

type Fill<'a> = dyn FnMut(&mut dyn erased_serde::Deserializer<'_>) -> Result<(), ErasedError> + 'a;

impl BodySlot<'_> {
    /// Reads the value from a deserializer.
    ///
    /// # Errors
    /// Returns [`FormatError`] for a body that does not fit.
    pub fn fill<'de>(self, deserializer: impl Deserializer<'de>) -> Result<(), FormatError> {
        let mut erased = <dyn erased_serde::Deserializer<'_>>::erase(deserializer);
        (self.0)(&mut erased).map_err(FormatError::new)
    }
}

impl fmt::Debug for BodySlot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodySlot").finish_non_exhaustive()
    }
}

/// The error of a body that cannot be written or read in a format of the application.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(String);

impl FormatError {
    /// Creates an error with the text of the format's library.
    pub fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// JSON by another name.
    struct Text(&'static str);

    impl BodyFormat for Text {
        fn name(&self) -> &'static str {
            self.0
        }

        fn write(&self, value: BodyValue<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
            serde_json::to_writer(out, &value).map_err(FormatError::new)
        }

        fn read(&self, body: &[u8], slot: BodySlot<'_>) -> Result<(), FormatError> {
            match self.0 {
                "lazy" => Ok(()),
                _ => slot.fill(&mut serde_json::Deserializer::from_slice(body)),
            }
        }
    }

    #[test]
    fn formats_are_the_same_by_name() {
        let text = Format::Custom(&Text("text"));
        assert_eq!(text, Format::Custom(&Text("text")));
        assert_ne!(text, Format::Custom(&Text("lazy")));
        assert_ne!(text, Format::Json);
        assert_ne!(Format::Json, Format::Protobuf);
        assert_eq!(format!("{text:?}"), "text");
    }

    #[test]
    fn values_of_any_type_are_written_and_read() {
        let format: &dyn BodyFormat = &Text("text");
        let mut out = b"> ".to_vec();
        format.write_value(&("a", [1, 2]), &mut out).unwrap();
        assert_eq!(out, br#"> ["a",[1,2]]"#);
        let read: (String, Vec<u8>) = format.read_value(&out[2..]).unwrap();
        assert_eq!(read, ("a".into(), vec![1, 2]));
    }

    #[test]
    fn tells_what_does_not_fit() {
        let format: &dyn BodyFormat = &Text("text");
        let error = format.read_value::<u8>(b"300").unwrap_err();
        assert!(error.to_string().contains("invalid value"), "{error}");
        let lazy: &dyn BodyFormat = &Text("lazy");
        let error = lazy.read_value::<u8>(b"3").unwrap_err();
        assert_eq!(error.to_string(), "the format `lazy` has read no `u8`");
    }
}
