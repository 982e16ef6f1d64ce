//! Pomelo's packages, as far as an echo needs them.

use connector_protocol::pomelo::package::{HEADER, PackageType};

/// How many whole packages `bytes` begin with, and how many bytes they take.
pub fn count(bytes: &[u8]) -> (usize, usize) {
    let (mut count, mut at) = (0, 0);
    while let Some((_, end)) = first(&bytes[at..]) {
        (count, at) = (count + 1, at + end);
    }
    (count, at)
}

/// The kind of the first package, and where it ends; none if it is not whole.
pub fn first(bytes: &[u8]) -> Option<(u8, usize)> {
    let &[kind, a, b, c] = bytes.first_chunk()?;
    let end = HEADER + u32::from_be_bytes([0, a, b, c]) as usize;
    (end <= bytes.len()).then_some((kind, end))
}

/// Whether the kind is that of data.
pub fn is_data(kind: u8) -> bool {
    kind == PackageType::Data as u8
}
