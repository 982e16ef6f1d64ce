//! The well-known types whose JSON is not an object of their fields.

use std::str::FromStr;

use serde::de::{Error, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serializer};

use super::Form;

/// The form of a `Timestamp`: RFC 3339, such as `"2026-01-02T03:04:05.678Z"`, of the
/// years 1 to 9999.
#[derive(Debug)]
pub struct Timestamp;

/// The seconds of the years 1 to 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

impl Form<prost_types::Timestamp> for Timestamp {
    fn write<S: Serializer>(
        value: &prost_types::Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if !SECONDS.contains(&value.seconds) || !(0..1_000_000_000).contains(&value.nanos) {
            return Err(S::Error::custom("a `Timestamp` is outside of the years 1 to 9999"));
        }
        serializer.collect_str(value)
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<prost_types::Timestamp, D::Error> {
        let expected = "a time as in `2026-01-02T03:04:05Z`";
        parse(deserializer, expected, |value: &prost_types::Timestamp| {
            SECONDS.contains(&value.seconds)
        })
    }

    fn is_default(_: &prost_types::Timestamp) -> bool {
        false
    }
}

/// The form of a `Duration`: seconds, such as `"1.500s"`.
#[derive(Debug)]
pub struct Duration;

/// The most seconds of a `Duration`, about ten thousand years.
const LONGEST: u64 = 315_576_000_000;

impl Form<prost_types::Duration> for Duration {
    fn write<S: Serializer>(
        value: &prost_types::Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        // Seconds and nanoseconds may have different signs, or more than a second of nanoseconds.
        let value = value.normalized();
        if value.seconds.unsigned_abs() > LONGEST {
            return Err(S::Error::custom("a `Duration` is longer than ten thousand years"));
        }
        serializer.collect_str(&value)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<prost_types::Duration, D::Error> {
        let expected = "seconds as in `1.5s`";
        parse(deserializer, expected, |value: &prost_types::Duration| {
            value.seconds.unsigned_abs() <= LONGEST
        })
    }

    fn is_default(_: &prost_types::Duration) -> bool {
        false
    }
}

/// Reads a value from text.
fn parse<'de, T: FromStr, D: Deserializer<'de>>(
    deserializer: D,
    expected: &str,
    fits: impl FnOnce(&T) -> bool,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .ok()
        .filter(fits)
        .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected))
}

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
