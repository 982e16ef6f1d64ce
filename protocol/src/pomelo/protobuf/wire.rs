//! Numbers as bytes.

/// The largest integer that JavaScript counts up to.
pub(super) const MAX_INTEGER: u64 = (1 << 53) - 1;
/// The smallest integer whose zigzag form JavaScript computes without rounding.
pub(super) const MIN_INTEGER: i64 = -(1 << 52);
/// The most bytes of a number.
const LONGEST: usize = 10;

/// Appends a number in groups of seven bits, the lowest first.
pub(super) fn write_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a number at `at`, and moves behind it. `None` if the bytes end before it does, or
/// if it has more than 64 bits.
pub(super) fn read_varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0_u64;
    for (place, &byte) in bytes.get(*at..)?.iter().take(LONGEST).enumerate() {
        let bits = u64::from(byte & 0x7f);
        let shifted = bits << (7 * place);
        if shifted >> (7 * place) != bits {
            return None;
        }
        number |= shifted;
        if byte < 0x80 {
            *at += place + 1;
            return Some(number);
        }
    }
    None
}

/// Inserts a number at `at`, where one byte was reserved for it.
pub(super) fn fill_in(number: usize, at: usize, out: &mut Vec<u8>) {
    if let Some(byte) = out.get_mut(at)
        && number < 0x80
    {
        *byte = number as u8;
        return;
    }
    let mut bytes = Vec::with_capacity(LONGEST);
    write_varint(number as u64, &mut bytes);
    out.splice(at..=at, bytes);
}

/// Returns a signed integer with its sign in the lowest bit.
pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// Returns the integer of a [`zigzag`] form.
pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}
