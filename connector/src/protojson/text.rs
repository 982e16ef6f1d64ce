//! Text and bytes.

use std::fmt;

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serializer};

use super::Form;

/// The form of text.
#[derive(Debug)]
pub struct Text;

impl Form<String> for Text {
    fn write<S: Serializer>(value: &String, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }

    fn is_default(value: &String) -> bool {
        value.is_empty()
    }
}

/// The form of bytes: base64 of the standard alphabet with padding. Both alphabets are
/// read, with and without padding.
#[derive(Debug)]
pub struct Bytes;

impl<B: AsRef<[u8]> + From<Vec<u8>>> Form<B> for Bytes {
    fn write<S: Serializer>(value: &B, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&PLAIN.encode(value))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<B, D::Error> {
        deserializer.deserialize_str(BytesVisitor).map(B::from)
    }

    fn is_default(value: &B) -> bool {
        value.as_ref().is_empty()
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        let engine = if text.contains(['-', '_']) { &URL } else { &PLAIN };
        let read = engine.decode(text);
        read.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

static PLAIN: GeneralPurpose = engine(&STANDARD);
static URL: GeneralPurpose = engine(&URL_SAFE);

const fn engine(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}
