//! The number of values in a text.

use super::{Place, tokens};

/// The error of JSON with too many values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the limit `values` allows {limit} values in a JSON body, exceeded at {place}")]
#[non_exhaustive]
pub struct TooManyValues {
    /// The most values that are read.
    pub limit: usize,
    /// The place of the first value that is too many.
    pub place: Place,
}

/// Checks the number of values: items of arrays, members of objects, and the text itself.
///
/// # Errors
/// Returns [`TooManyValues`] if there are more than `limit`.
pub fn check_values(text: &str, limit: usize) -> Result<(), TooManyValues> {
    let mut values = 1;
    for (token, byte) in tokens(text) {
        match byte {
            b',' | b'[' | b'{' if values == limit => {
                return Err(TooManyValues { limit, place: Place::of(text, token.start) });
            }
            b',' | b'[' | b'{' => values += 1,
            _ => {}
        }
    }
    Ok(())
}
