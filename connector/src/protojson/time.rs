//! Times and spans of time, as text.

use serde::de::{Error, Unexpected};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use super::Form;

/// The form of a `Timestamp`: RFC 3339, such as `"2026-01-02T03:04:05.678Z"`, of the
/// years 1 to 9999. Other zones than UTC are read, as in `+01:00`.
#[derive(Debug)]
pub struct Timestamp;

/// The seconds of the years 1 to 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

const NANOS: i32 = 1_000_000_000;

impl Form<prost_types::Timestamp> for Timestamp {
    fn write<S: Serializer>(
        value: &prost_types::Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if !SECONDS.contains(&value.seconds) || !(0..NANOS).contains(&value.nanos) {
            return Err(S::Error::custom("a `Timestamp` is outside of the years 1 to 9999"));
        }
        serializer.collect_str(value)
    }

    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<prost_types::Timestamp, D::Error> {
        read(deserializer, timestamp, "a time as in `2026-01-02T03:04:05Z`")
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
        let prost_types::Duration { seconds, nanos } = *value;
        if seconds.unsigned_abs() > LONGEST || nanos <= -NANOS || nanos >= NANOS {
            return Err(S::Error::custom(
                "a `Duration` is longer than ten thousand years, or has more nanoseconds than a second",
            ));
        }
        if seconds.signum() * i64::from(nanos.signum()) < 0 {
            return Err(S::Error::custom(
                "the seconds and nanoseconds of a `Duration` have different signs: call `normalized()`",
            ));
        }
        serializer.collect_str(value)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<prost_types::Duration, D::Error> {
        read(deserializer, duration, "seconds as in `1.5s`")
    }

    fn is_default(_: &prost_types::Duration) -> bool {
        false
    }
}

/// Reads a value from text.
fn read<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Option<T>,
    expected: &str,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &expected))
}

/// Parses a time. The text is that of RFC 3339 in capitals, since other runtimes refuse the
/// rest, such as a space for the `T`.
fn timestamp(text: &str) -> Option<prost_types::Timestamp> {
    let mut rest = text;
    let mut part = |digits: usize, behind: &str| {
        let (part, after) = rest.split_at_checked(digits)?;
        rest = after.strip_prefix(behind)?;
        number(part)
    };
    let year = i64::try_from(part(4, "-")?).ok()?;
    let (month, day) = (part(2, "-")?, part(2, "T")?);
    let (hour, minute, second) = (part(2, ":")?, part(2, ":")?, part(2, "")?);
    let (nanos, zone) = fraction(rest)?;
    let small = |number: u64| u8::try_from(number).ok();
    let mut time = prost_types::Timestamp::date_time_nanos(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        u32::try_from(nanos).ok()?,
    )
    .ok()?;
    time.seconds -= offset(zone)?;
    SECONDS.contains(&time.seconds).then_some(time)
}

/// Parses a time zone as seconds: `Z`, or `+01:30`.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    let is_two = |part: &str| part.len() == 2;
    let (hours, minutes) = (
        number(hours).filter(|number| is_two(hours) && *number < 24)?,
        number(minutes).filter(|number| is_two(minutes) && *number < 60)?,
    );
    Some(sign * i64::try_from(hours * 3600 + minutes * 60).ok()?)
}

/// Parses a span of time.
fn duration(text: &str) -> Option<prost_types::Duration> {
    let text = text.strip_suffix('s')?;
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text),
    };
    let seconds = text.split('.').next()?;
    let (nanos, rest) = fraction(&text[seconds.len()..])?;
    let seconds = number(seconds).filter(|seconds| *seconds <= LONGEST && rest.is_empty())?;
    let seconds = sign * i64::try_from(seconds).ok()?;
    let nanos = i32::try_from(sign).ok()? * nanos;
    Some(prost_types::Duration { seconds, nanos })
}

/// Parses a fraction of a second as nanoseconds, if there is one, and returns what follows.
fn fraction(text: &str) -> Option<(i32, &str)> {
    let Some(text) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    // More digits than nanoseconds have could not be kept.
    if !(1..=9).contains(&digits.len()) {
        return None;
    }
    let nanos: i32 = format!("{digits:0<9}").parse().ok()?;
    Some((nanos, rest))
}

/// Parses digits alone: Rust would take a sign.
fn number(digits: &str) -> Option<u64> {
    let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{duration, timestamp};

    #[test]
    fn times_are_read_to_the_letter() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("1970-01-01T01:30:00+01:30", 0, 0),
            ("1969-12-31T23:59:59.5-00:00", -1, 500_000_000),
            ("2026-01-02T03:04:05.678901234Z", 1_767_323_045, 678_901_234),
            ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
        ] {
            let time = timestamp(text).map(|time| (time.seconds, time.nanos));
            assert_eq!(time, Some((seconds, nanos)), "{text}");
        }
        for text in [
            "",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "1970-01-01t00:00:00Z",
            "1970-01-01 00:00:00Z",
            "1970-01-01T00:00:00z",
            "1970-1-01T00:00:00Z",
            "+1970-01-01T00:00:00Z",
            "01970-01-01T00:00:00Z",
            "1970-02-29T00:00:00Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:60Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00.0000000001Z",
            "1970-01-01T00:00:00+1:00",
            "1970-01-01T00:00:00+24:00",
            "1970-01-01T00:00:00+0100",
            "1970-01-01T00:00:00Z ",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00Z",
            "1970-01-01T00:00:0äZ",
        ] {
            assert!(timestamp(text).is_none(), "{text}");
        }
    }

    #[test]
    fn spans_are_read_to_the_letter() {
        for (text, seconds, nanos) in [
            ("0s", 0, 0),
            ("-0.5s", 0, -500_000_000),
            ("-1.000000001s", -1, -1),
            ("1.5s", 1, 500_000_000),
            ("315576000000.999999999s", 315_576_000_000, 999_999_999),
            ("-315576000000s", -315_576_000_000, 0),
        ] {
            let span = duration(text).map(|span| (span.seconds, span.nanos));
            assert_eq!(span, Some((seconds, nanos)), "{text}");
        }
        for text in [
            "",
            "s",
            "1",
            "1.s",
            ".5s",
            "+1s",
            "--1s",
            "1e3s",
            "1 s",
            "1S",
            "1.0000000001s",
            "315576000001s",
            "1.5.5s",
            "1.-5s",
        ] {
            assert!(duration(text).is_none(), "{text}");
        }
    }
}
