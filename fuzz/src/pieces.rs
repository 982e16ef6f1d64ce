//! An input as so many reads.

/// The input byte for byte; from 256 bytes on in pieces whose sizes follow from
/// what is in them, so that long inputs take no time.
pub(crate) fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    let mut size = 1;
    std::iter::from_fn(move || {
        let (&first, _) = rest.split_first()?;
        if bytes.len() >= 256 {
            size = 1 + (size * 7 + usize::from(first)) % 97;
        }
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        Some(piece)
    })
}
