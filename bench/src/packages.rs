//! Pomelo's packages, as far as an echo needs them.

use connector_protocol::pomelo::package::{HEADER, PackageType};

/// Counts the whole packages at the beginning of `bytes`, and their bytes.
pub fn count(bytes: &[u8]) -> (usize, usize) {
    let (mut count, mut at) = (0, 0);
    while let Some((_, end)) = first(&bytes[at..]) {
        (count, at) = (count + 1, at + end);
    }
    (count, at)
}

/// Returns the type and the end of the first package; none if it is not whole.
pub fn first(bytes: &[u8]) -> Option<(u8, usize)> {
    let &[kind, a, b, c] = bytes.first_chunk()?;
    let end = HEADER + u32::from_be_bytes([0, a, b, c]) as usize;
    (end <= bytes.len()).then_some((kind, end))
}

/// Checks that the type is that of data.
pub fn is_data(kind: u8) -> bool {
    kind == PackageType::Data as u8
}
