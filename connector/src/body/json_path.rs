//! Which field of a JSON body does not fit its type.
//!
//! serde_json tells the place of an error, but no path. Readers that remember
//! paths are compiled once more for every type, which each user would wait for;
//! so the path is found from the place, after the failure.

use serde::Deserialize;
use serde_json::Error;

use super::RawBody;
use crate::handler::HandlerError;

/// serde_json reads no types that are nested deeper; what it passes over may be.
const DEPTH: usize = 128;

/// The answer to a JSON body that does not fit `T`, with the path of the value
/// that is to blame: `lines[2].text`.
#[cold]
pub(crate) fn misfit<'b, T: Deserialize<'b>>(body: RawBody<'b>, error: &Error) -> HandlerError {
    let again = |text| serde_json::from_str::<T>(body.keep(text)).err();
    let path = blamed(body.text(), error, &again);
    match path {
        Some(path) => HandlerError::bad_request(format_args!("field `{path}`: {error}")),
        None => HandlerError::bad_request(error),
    }
}

/// Reads a changed text as the same type once more, for the error of that.
type Again<'a> = &'a dyn Fn(String) -> Option<Error>;

/// The path of what `error` is about, unless that is the body as a whole.
fn blamed(text: &str, error: &Error, again: Again<'_>) -> Option<String> {
    if !error.is_data() {
        return None;
    }
    let before = before(text, error)?;
    // A type's own error may name a place of some other text: that one stays
    // where it is when the body moves.
    if again(format!("\n{text}"))?.line() != error.line() + 1 {
        return None;
    }
    let path = value(before, again).unwrap_or_else(|| path(before));
    (!path.is_empty()).then_some(path)
}

/// The path of the value before a comma or the end of a container, if that is to
/// blame, and not what follows or the container: serde_json tells both at one
/// place. What is wrong with the value is found whatever stands behind it.
fn value(before: &str, again: Again<'_>) -> Option<String> {
    let text = format!("{}!", before.trim_end().strip_suffix([',', '}', ']'])?);
    let error = again(text.clone()).filter(Error::is_data)?;
    self::before(&text, &error).map(path)
}

/// The text in front of an error's place.
fn before<'t>(text: &'t str, error: &Error) -> Option<&'t str> {
    let line = error.line().checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    text.get(..start + error.column())
}

/// Where in a container the text ends.
enum Step<'t> {
    /// With the quoted name, once that is known.
    Field(Option<&'t str>),
    Element(usize),
}

/// The path of the value that a valid text ends in or behind.
fn path(text: &str) -> String {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut beyond = 0;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let size = if *byte == b'"' { string(&text[at..]) } else { 1 };
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

/// The length of the string that a text begins with, quotes included.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        end
    });
    end.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests;
