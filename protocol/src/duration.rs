//! Durations in attributes and in schemas.

/// Reads a duration in milliseconds: a whole number with `ms`, `s` or `m` behind it. `None` for
/// any other text, and for more milliseconds than a `u64` has.
///
/// ```
/// use connector_protocol::milliseconds;
///
/// assert_eq!(milliseconds("1500ms"), Some(1500));
/// assert_eq!(milliseconds("2m"), Some(120_000));
/// assert_eq!(milliseconds("5 s"), None);
/// ```
pub fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn numbers_with_a_unit_are_durations() {
        for (text, read) in [
            ("0s", Some(0)),
            ("5s", Some(5_000)),
            ("18446744073709551615ms", Some(u64::MAX)),
            ("18446744073709551615s", None),
            ("18446744073709551616ms", None),
            ("5", None),
            ("s", None),
            ("", None),
            ("-5s", None),
            ("1.5s", None),
            ("5h", None),
            ("5s ", None),
        ] {
            assert_eq!(milliseconds(text), read, "{text}");
        }
    }
}
