//! Lists of texts that a peer sends, read up to a limit.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::Payload;

/// The most bytes of each text.
const LONGEST: usize = 256;

/// The first texts of an array: `None` for each item that is not a text, or a longer one.
/// The items behind the `MOST` first ones are not kept.
pub(super) struct Texts<const MOST: usize>(pub(super) Vec<Option<String>>);

impl<'de, const MOST: usize> Deserialize<'de> for Texts<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(TextsVisitor)
    }
}

struct TextsVisitor<const MOST: usize>;

impl<'de, const MOST: usize> Visitor<'de> for TextsVisitor<MOST> {
    type Value = Texts<MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while texts.len() < MOST {
            let Some(item) = items.next_element::<Payload>()? else { return Ok(Texts(texts)) };
            let text = item.parse::<String>().ok();
            texts.push(text.filter(|text| text.len() <= LONGEST));
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Texts(texts))
    }
}
