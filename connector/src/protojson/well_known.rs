//! The well-known types whose JSON is not an object of their fields.

use serde::de::{Error, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serializer};

use super::Form;

/// The form of a `FieldMask`: names of fields, such as `"user.displayName,photo"`. A
/// path that would be read back differently cannot be written, and text with an
/// underscore cannot be read.
#[derive(Debug)]
pub struct FieldMask;

impl Form<prost_types::FieldMask> for FieldMask {
    fn write<S: Serializer>(
        value: &prost_types::FieldMask,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut paths = Vec::with_capacity(value.paths.len());
        for path in &value.paths {
            let camel = camel(path);
            if path.is_empty() || path.contains(',') || snake(&camel) != *path {
                return Err(S::Error::custom(format_args!(
                    "the path `{path}` of a `FieldMask` cannot be written in JSON"
                )));
            }
            paths.push(camel);
        }
        serializer.serialize_str(&paths.join(","))
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<prost_types::FieldMask, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains('_') {
            let expected = "names as in `user.displayName,photo`";
            return Err(D::Error::invalid_value(Unexpected::Str(&text), &expected));
        }
        let paths = text.split(',').filter(|path| !path.is_empty()).map(snake).collect();
        Ok(prost_types::FieldMask { paths })
    }

    fn is_default(_: &prost_types::FieldMask) -> bool {
        false
    }
}

fn camel(path: &str) -> String {
    let mut upper = false;
    let mut camel = String::with_capacity(path.len());
    for char in path.chars() {
        match char {
            '_' => upper = true,
            _ if std::mem::take(&mut upper) => camel.push(char.to_ascii_uppercase()),
            _ => camel.push(char),
        }
    }
    camel
}

fn snake(path: &str) -> String {
    let mut snake = String::with_capacity(path.len() + 4);
    for char in path.chars() {
        if char.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(char.to_ascii_lowercase());
    }
    snake
}

/// The form of `Empty`, which is `()` in prost: `{}`.
#[derive(Debug)]
pub struct Empty;

impl Form<()> for Empty {
    fn write<S: Serializer>((): &(), serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(Self)
    }

    fn is_default((): &()) -> bool {
        false
    }
}

impl<'de> Visitor<'de> for Empty {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
