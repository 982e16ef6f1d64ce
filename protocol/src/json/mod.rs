//! JSON as the clients of JavaScript and others really write it.
//!
//! serde_json refuses some texts that JSON's grammar allows and that JavaScript writes or
//! reads. They are read again here, after a failure, so that other texts cost nothing:
//!
//! | in the text | value |
//! |---|---|
//! | half of a surrogate pair, as in `"\ud83d"` | U+FFFD in its place |
//! | a key that an object has twice | that of the last one, as for `JSON.parse` |
//! | arrays and objects in one another, more than 127 levels | read, up to a limit |
//!
//! A number beyond `f64`, such as `1e400`, is an error with its place.

mod mend;
mod nesting;
mod place;
mod values;

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use mend::mend;
pub use nesting::{TooDeep, check_nesting};
pub use place::Place;
pub use values::{TooManyValues, check_values};

/// The default of [`Limits::nesting`](crate::Limits), which clients have too: 512, or 128 in a
/// build with debug assertions.
///
/// Each level takes some of the thread's stack, and the types to read are the application's:
/// 0.5 to 2 KiB in a release build, 3 to 13 KiB in a debug one, of the 2 MiB that a thread
/// has.
pub const NESTING: usize = if cfg!(debug_assertions) { 128 } else { 512 };

/// The levels of arrays and objects that serde_json reads by itself.
pub const SHALLOW: usize = 127;

/// The error of a text that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// It is nested too deeply.
    #[error(transparent)]
    Nesting(#[from] TooDeep),
    /// It has too many values.
    #[error(transparent)]
    Values(#[from] TooManyValues),
    /// It is not JSON, or does not fit the type.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Reads JSON of at most `limit` levels.
///
/// # Errors
/// Returns [`JsonError`] for a text that is not JSON, is nested too deeply or does not
/// fit the type.
pub fn read<T: DeserializeOwned>(text: &str, limit: usize) -> Result<T, JsonError> {
    if limit < SHALLOW {
        check_nesting(text, limit)?;
    }
    match parse(text, Depth::Shallow) {
        Ok(value) => Ok(value),
        Err(error) => match mend(text, limit)? {
            Some(mended) => Ok(parse(&mended, Depth::Any)?),
            None => Err(error.into()),
        },
    }
}

/// Reads JSON of a peer whose text need not be UTF-8, see [`decode`](crate::text::decode).
///
/// # Errors
/// The same as those of [`read`].
pub fn read_bytes<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, JsonError> {
    read(&crate::text::decode(bytes), limit)
}

/// The nesting of a text that is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// At most [`SHALLOW`]. Values that the type skips may be nested more deeply.
    Shallow,
    /// Any: for texts whose nesting was checked, since each level takes some of the
    /// thread's stack.
    Any,
}

/// Reads JSON as serde_json does, and mends nothing.
///
/// # Errors
/// Returns serde_json's error for a text that is not a `T`.
#[inline]
pub fn parse<'t, T: Deserialize<'t>>(text: &'t str, depth: Depth) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    if depth == Depth::Any {
        deserializer.disable_recursion_limit();
    }
    let value = T::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Returns whether a text is JSON, whatever its numbers, surrogates and nesting are.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Returns the length of the string at the start of a text, quotes included.
pub fn string_len(text: &str) -> usize {
    let mut from = 1;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find('"')) {
        let quote = from + found;
        let slashes = text[1..quote].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if slashes % 2 == 0 {
            return quote + 1;
        }
        from = quote + 1;
    }
    text.len()
}

/// Returns the place and the first byte of each string, and of each byte outside of strings.
fn tokens(text: &str) -> impl Iterator<Item = (Range<usize>, u8)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let byte = *text.as_bytes().get(at)?;
        let size = if byte == b'"' { string_len(&text[at..]) } else { 1 };
        let token = at..at + size;
        at = token.end;
        Some((token, byte))
    })
}

/// Returns the text of a key in quotes.
fn key(quoted: &str) -> Cow<'_, str> {
    match quoted.contains('\\') {
        true => Cow::Owned(serde_json::from_str(quoted).unwrap_or_default()),
        false => Cow::Borrowed(quoted.trim_matches('"')),
    }
}

#[cfg(test)]
mod tests;
