//! The depth at which arrays and objects lie in one another.

use super::{Place, tokens};

/// The error of JSON that is nested too deeply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the limit `nesting` allows {limit} arrays and objects in one another, exceeded at {place}"
)]
#[non_exhaustive]
pub struct TooDeep {
    /// The most levels that are read.
    pub limit: usize,
    /// The place of the first array or object that is too deep.
    pub place: Place,
}

/// Returns the number of arrays and objects that lie in one another at the deepest place.
///
/// # Errors
/// Returns [`TooDeep`] if there are more than `limit`.
pub fn check_nesting(text: &str, limit: usize) -> Result<usize, TooDeep> {
    let mut deepest = 0;
    let mut depth = 0_usize;
    for (token, byte) in tokens(text) {
        match byte {
            b'[' | b'{' if depth == limit => {
                return Err(TooDeep { limit, place: Place::of(text, token.start) });
            }
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(deepest)
}
