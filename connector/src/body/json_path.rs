//! The path of the field in a JSON body that does not fit its type.
//!
//! serde_json's errors have a line and a column, but no path. Readers that track paths
//! are compiled once more for every type, which costs users compile time. So the path is
//! found from the position after a failure, by parsing the text again with small changes
//! and comparing the errors.

use connector_protocol::json::{self, Depth};
use serde_json::Error;

use super::RawBody;
use super::odd_json::Read;
use crate::handler::HandlerError;

/// The most nesting of types in a path. Skipped values may be nested deeper.
const DEPTH: usize = json::NESTING;

/// Returns the answer to a JSON body whose `text` does not fit its type, with the path of
/// the value that is wrong, such as `lines[2].text`.
#[cold]
pub(super) fn misfit<'b>(
    body: RawBody<'b>,
    text: &str,
    error: &Error,
    read: Read<'_, 'b>,
) -> HandlerError {
    let path = blamed(text, error, &mut |text| read(body.keep(text), Depth::Any).err())
        .filter(|path| !path.is_empty());
    let field = path.map_or_else(String::new, |path| format!("field `{path}`: "));
    let what = if json::is_json(text) { "" } else { "the body is not JSON: " };
    HandlerError::bad_request(format_args!("{field}{what}{error}"))
}

/// Reads a changed text as the same type, and returns its error.
type Again<'a> = &'a mut dyn FnMut(String) -> Option<Error>;

/// Returns the path of the value that `error` is about, which is empty for the whole body.
fn blamed(text: &str, error: &Error, again: Again<'_>) -> Option<String> {
    let before = before(text, error)?;
    if !error.is_data() {
        return Some(path(before));
    }
    // A type's own error may have a position in another text, which does not move when the
    // body moves by a line.
    if again(format!("\n{text}"))?.line() != error.line() + 1 {
        return None;
    }
    Some(value(before, again).unwrap_or_else(|| path(before)))
}

/// Returns the path of the value before a comma or the end of a container, if that value
/// is wrong, and not the next one or the container: serde_json reports them at one
/// position. An error of the value itself does not depend on the text after it.
fn value(before: &str, again: Again<'_>) -> Option<String> {
    let text = format!("{}!", before.trim_end().strip_suffix([',', '}', ']'])?);
    let error = again(text.clone()).filter(Error::is_data)?;
    self::before(&text, &error).map(path)
}

/// Returns the text before an error's position.
fn before<'t>(text: &'t str, error: &Error) -> Option<&'t str> {
    let line = error.line().checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    text.get(..start + error.column())
}

/// The position in a container at which the text ends.
enum Step<'t> {
    /// In an object, with the quoted name once it was read.
    Field(Option<&'t str>),
    Element(usize),
}

/// Returns the path of the value in which, or after which, a valid text ends.
fn path(text: &str) -> String {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut beyond = 0;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let size = if *byte == b'"' { json::string_len(&text[at..]) } else { 1 };
        let deepest = steps.len() == DEPTH;
        match (byte, steps.last_mut()) {
            (b'{' | b'[', _) if deepest => beyond += 1,
            (b'}' | b']', _) if beyond > 0 => beyond -= 1,
            _ if beyond > 0 => {}
            (b'{', _) => steps.push(Step::Field(None)),
            (b'[', _) => steps.push(Step::Element(0)),
            (b'}' | b']', _) => drop(steps.pop()),
            (b',', Some(Step::Field(name))) => *name = None,
            (b',', Some(Step::Element(index))) => *index += 1,
            (b'"', Some(Step::Field(name @ None))) => *name = Some(&text[at..at + size]),
            _ => {}
        }
        at += size;
    }
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Field(None) => {}
            Step::Field(Some(name)) => {
                let dot = if path.is_empty() { "" } else { "." };
                let name = serde_json::from_str::<String>(name).unwrap_or_default();
                path.extend([dot, &name]);
            }
            Step::Element(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

#[cfg(test)]
mod tests;
