//! Texts that serde_json refuses and JavaScript does not, written anew.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::{SHALLOW, TooDeep, check_nesting, is_json, key, tokens};

/// Returns the text to [`parse`](super::parse) at any depth once serde_json has refused
/// `text`, or `None` if there is nothing to mend. What is mended keeps its place, so that
/// errors of the new text have the right line and column.
///
/// # Errors
/// Returns [`TooDeep`] if more than `limit` arrays and objects lie in one another.
pub fn mend(text: &str, limit: usize) -> Result<Option<Cow<'_, str>>, TooDeep> {
    if !is_json(text) {
        return Ok(None);
    }
    let deep = check_nesting(text, limit)? > SHALLOW;
    let whole = replace_lone_surrogates(text);
    let mended = match last_of_duplicates(&whole) {
        Some(mended) => Some(Cow::Owned(mended)),
        None => matches!(whole, Cow::Owned(_)).then_some(whole),
    };
    Ok(mended.or_else(|| deep.then_some(Cow::Borrowed(text))))
}

/// The escape that is as long as half of a surrogate pair.
const REPLACEMENT: &str = "\\ufffd";

/// Replaces each half of a surrogate pair that stands alone.
fn replace_lone_surrogates(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    // Outside of strings JSON has no backslash.
    while let Some(found) = text[at..].find('\\') {
        at += found;
        let (size, lone) = match (surrogate(&text[at..]), text.get(at + 6..).and_then(surrogate)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (12, false),
            (Some(_), _) => (6, true),
            (None, _) => (2, false),
        };
        if lone {
            mended.push_str(&text[copied..at]);
            mended.push_str(REPLACEMENT);
            copied = at + size;
        }
        at += size;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(&text[copied..]);
    Cow::Owned(mended)
}

/// Returns the surrogate that an escape at the start of a text stands for.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..0xe000).contains(unit))
}

/// A container that is being read.
enum Open<'t> {
    Array,
    Object {
        /// The start of each entry.
        entries: Vec<usize>,
        /// The last entry of each key.
        keys: HashMap<Cow<'t, str>, usize>,
        /// True behind a key, up to the next comma.
        in_value: bool,
    },
}

/// Replaces entries by spaces whose key their object has once more.
fn last_of_duplicates(text: &str) -> Option<String> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut earlier: Vec<Range<usize>> = Vec::new();
    for (token, byte) in tokens(text) {
        match (byte, open.last_mut()) {
            (b'[', _) => open.push(Open::Array),
            (b'{', _) => open.push(Open::Object {
                entries: Vec::new(),
                keys: HashMap::new(),
                in_value: false,
            }),
            (b']' | b'}', _) => drop(open.pop()),
            (b',', Some(Open::Object { in_value, .. })) => *in_value = false,
            (b'"', Some(Open::Object { entries, keys, in_value: in_value @ false })) => {
                *in_value = true;
                entries.push(token.start);
                let this = entries.len() - 1;
                if let Some(before) = keys.insert(key(&text[token]), this) {
                    earlier.push(entries[before]..entries[before + 1]);
                }
            }
            _ => {}
        }
    }
    (!earlier.is_empty()).then(|| blank(text, earlier))
}

/// Replaces parts of a text by spaces, except for the ends of lines.
fn blank(text: &str, mut parts: Vec<Range<usize>>) -> String {
    parts.sort_unstable_by_key(|part| part.start);
    let mut blanked = String::with_capacity(text.len());
    for part in parts {
        // Parts may lie in one another.
        let start = part.start.max(blanked.len());
        if start < part.end {
            blanked.push_str(&text[blanked.len()..start]);
            let spaces = text[start..part.end].bytes();
            blanked.extend(spaces.map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        }
    }
    blanked.push_str(&text[blanked.len()..]);
    blanked
}
