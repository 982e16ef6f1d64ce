//! The depth at which arrays and objects lie in one another.

use super::string_len;

/// The error of JSON that is nested too deeply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the limit `nesting` allows {limit} arrays and objects in one another, exceeded at line {line} column {column}"
)]
#[non_exhaustive]
pub struct TooDeep {
    /// The most levels that are read.
    pub limit: usize,
    /// The line of the first array or object that is too deep, from 1.
    pub line: usize,
    /// Its column in bytes, from 1.
    pub column: usize,
}

/// Returns the number of arrays and objects that lie in one another at the deepest place.
///
/// # Errors
/// Returns [`TooDeep`] if there are more than `limit`.
pub fn check_nesting(text: &str, limit: usize) -> Result<usize, TooDeep> {
    let mut deepest = 0;
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let mut size = 1;
        match byte {
            b'"' => size = string_len(&text[at..]),
            b'[' | b'{' if depth == limit => return Err(too_deep(text, at, limit)),
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += size;
    }
    Ok(deepest)
}

fn too_deep(text: &str, at: usize, limit: usize) -> TooDeep {
    let before = &text.as_bytes()[..at];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    TooDeep { limit, line, column: at - start + 1 }
}
