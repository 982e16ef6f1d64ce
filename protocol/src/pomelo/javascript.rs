//! JSON in the form of JavaScript's `JSON.stringify`, of which pomelo's programs take signatures.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// The form of numbers that JavaScript has: 1 for 1.0, 1e+21 for 1e21, 0 for -0.0.
#[derive(Clone, Copy, Debug)]
pub struct JavaScript;

impl Formatter for JavaScript {
    fn write_f32<W: io::Write + ?Sized>(&mut self, out: &mut W, number: f32) -> io::Result<()> {
        write_scientific(out, &format!("{number:e}"))
    }

    fn write_f64<W: io::Write + ?Sized>(&mut self, out: &mut W, number: f64) -> io::Result<()> {
        write_scientific(out, &format!("{number:e}"))
    }
}

/// Writes a value as JavaScript does.
///
/// # Errors
/// Returns the error of the value, if it cannot be written.
pub fn write<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, JavaScript))
}

/// Writes a number in scientific notation with the fewest digits, such as `-1.5e-7`, which are
/// JavaScript's too, in the notation that JavaScript chooses.
/// Source: `Number::toString` of ECMA-262.
fn write_scientific<W: io::Write + ?Sized>(out: &mut W, number: &str) -> io::Result<()> {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (digits, exponent) = number.split_once('e').unwrap_or((number, "0"));
    let digits = digits.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if digits == "0" {
        return out.write_all(b"0");
    }
    out.write_all(sign.as_bytes())?;
    let count = digits.len() as i32;
    match exponent {
        0..21 if count <= exponent + 1 => {
            let zeros = (exponent + 1 - count) as usize;
            write!(out, "{digits}{}", "0".repeat(zeros))
        }
        0..21 => {
            let (whole, fraction) = digits.split_at(exponent as usize + 1);
            write!(out, "{whole}.{fraction}")
        }
        -6..0 => write!(out, "0.{}{digits}", "0".repeat(-exponent as usize - 1)),
        _ => {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            write!(out, "{first}{point}{rest}e{exponent:+}")
        }
    }
}
