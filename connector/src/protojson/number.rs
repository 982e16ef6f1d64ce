//! Integers and floats.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserializer, Serializer};

use super::Form;

macro_rules! integer {
    ($(
        $(#[$docs:meta])*
        $form:ident($int:ty) = |$value:ident, $serializer:ident| $write:expr;
    )*) => {$(
        $(#[$docs])*
        #[derive(Debug)]
        pub struct $form;

        impl $form {
            pub(super) fn visitor() -> Integer<$int> {
                Integer(PhantomData)
            }
        }

        impl Form<$int> for $form {
            fn write<S: Serializer>($value: &$int, $serializer: S) -> Result<S::Ok, S::Error> {
                $write
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$int, D::Error> {
                deserializer.deserialize_any(Self::visitor())
            }

            fn is_default(value: &$int) -> bool {
                *value == 0
            }
        }
    )*};
}

integer! {
    /// The form of `int32`: a number.
    Int32(i32) = |value, serializer| serializer.serialize_i32(*value);
    /// The form of `uint32`: a number.
    UInt32(u32) = |value, serializer| serializer.serialize_u32(*value);
    /// The form of `int64`: text, since numbers in JavaScript have 53 bits.
    Int64(i64) = |value, serializer| serializer.collect_str(value);
    /// The form of `uint64`: text, since numbers in JavaScript have 53 bits.
    UInt64(u64) = |value, serializer| serializer.collect_str(value);
}

/// The visitor that reads an integer from text or a number, which may have a fraction of 0.
pub(super) struct Integer<T>(PhantomData<T>);

impl<T: FromStr + TryFrom<i64> + TryFrom<u64>> Visitor<'_> for Integer<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an integer of {} bits", 8 * size_of::<T>())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        whole(number).ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        // As a float, an integer that does not fit would be rounded to one that does.
        let is_float = text.contains(['.', 'e', 'E']);
        let read = if is_float { text.parse().ok().and_then(whole) } else { text.parse().ok() };
        read.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Converts a float to an integer, if it is one.
fn whole<T: TryFrom<i64> + TryFrom<u64>>(number: f64) -> Option<T> {
    // The limits are powers of two, so that floats have them exactly.
    const LIMIT: f64 = 2.0 * (1_u64 << 63) as f64;
    match number {
        number if number.fract() != 0.0 => None,
        number if (-LIMIT / 2.0..LIMIT / 2.0).contains(&number) => T::try_from(number as i64).ok(),
        number if (0.0..LIMIT).contains(&number) => T::try_from(number as u64).ok(),
        _ => None,
    }
}

macro_rules! float {
    ($($form:ident($float:ty) writes $write:ident;)*) => {$(
        /// The form of a float: a number, `"NaN"`, `"Infinity"` or `"-Infinity"`.
        #[derive(Debug)]
        pub struct $form;

        impl Form<$float> for $form {
            fn write<S: Serializer>(value: &$float, serializer: S) -> Result<S::Ok, S::Error> {
                match *value {
                    value if value.is_finite() => serializer.$write(value),
                    value if value.is_nan() => serializer.serialize_str("NaN"),
                    value if value > 0.0 => serializer.serialize_str("Infinity"),
                    _ => serializer.serialize_str("-Infinity"),
                }
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$float, D::Error> {
                let wide = deserializer.deserialize_any(FloatVisitor)?;
                let value = wide as $float;
                if value.is_infinite() && wide.is_finite() {
                    let found = Unexpected::Float(wide);
                    return Err(D::Error::invalid_value(found, &"a smaller number"));
                }
                Ok(value)
            }

            /// False for -0.0, which is another value.
            fn is_default(value: &$float) -> bool {
                value.to_bits() == 0
            }
        }
    )*};
}

float! {
    Float(f32) writes serialize_f32;
    Double(f64) writes serialize_f64;
}

struct FloatVisitor;

impl Visitor<'_> for FloatVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, `NaN`, `Infinity` or `-Infinity`")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        match text {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            // Rust parses further words, such as `inf`.
            _ => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}
