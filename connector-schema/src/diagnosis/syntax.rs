//! Texts that are not protobuf's language.

use super::found::Found;
use crate::place::Place;

const MISSING: &str = "the file has no `syntax`, and would be read as proto2, whose fields have \
                       labels: write `syntax = \"proto3\";` as its first line";

/// Returns `true` if the mistake is one of the whole file, though protox finds it in each
/// field.
pub(super) fn is_of_the_file(found: &Found<'_>) -> bool {
    found.what.starts_with("fields must have a label with proto2 syntax") && !has_syntax(found)
}

pub(super) fn word(found: &Found<'_>) -> Option<(Option<Place>, String)> {
    if is_of_the_file(found) {
        return Some((Some(Place::new(&found.shown(), 1, 1)), MISSING.to_owned()));
    }
    let rest = found.what.strip_prefix("expected ")?;
    // These are values, not words of the language.
    if rest.starts_with("value to be ") || rest.starts_with("a value of type ") {
        return None;
    }
    if let Some(expected) = rest.strip_suffix(", but reached end of file") {
        let what = "the file ends too early";
        let message = match closes(expected) {
            true => format!("{what}: write the `}}` that is missing"),
            false => format!("{what}: write {}", ticks(expected)),
        };
        return Some((found.end(), message));
    }
    let (expected, read) = unexpected(found)?;
    Some((found.place(), instead(expected, read, found)))
}

/// What protox expects, in its words, and what it has read in place of that.
pub(super) fn unexpected<'a>(found: &'a Found<'_>) -> Option<(&'a str, &'a str)> {
    let rest = found.what.strip_prefix("expected ")?;
    let (expected, read) = rest.split_once(", but found '")?;
    Some((expected, read.strip_suffix('\'')?))
}

/// Returns `true` if what is expected may be the end of a block.
fn closes(expected: &str) -> bool {
    expected.contains("'}'")
}

fn instead(expected: &str, read: &str, found: &Found<'_>) -> String {
    let what = format!("`{read}` is not expected here");
    if read == "edition" {
        return "editions are not supported: write `syntax = \"proto3\";`".to_owned();
    }
    if expected.contains("'package'") {
        let items = "`message`, `enum`, `service`, `import`, `option` or `package`";
        return format!("{what}: write one of {items}, or remove it");
    }
    if expected.starts_with("';'") {
        return format!("{what}: write `;` in front of it");
    }
    if expected == "an integer" {
        return match read {
            ";" | "[" => "the number behind `=` is missing: write one that is not used in this \
                          item, as in `string text = 1;`"
                .to_owned(),
            _ => format!("{what}: write a number, as in `string text = 1;`"),
        };
    }
    if expected == "'='" {
        return format!("{what}: write `=` and a number, as in `string text = 1;`");
    }
    if expected == "a positive integer or string" {
        return format!("{what}: write a number, or a name in quotes, as in `\"{read}\"`");
    }
    if expected.starts_with("a string") {
        return format!("{what}: write a text in quotes, as in `\"{read}\"`");
    }
    if expected == "an identifier" {
        if read.starts_with(['"', '\'']) {
            return format!("{what}: write a name, without quotes");
        }
        let is_number =
            found.rest().is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()));
        let begin = if is_number { ", which begins with a letter" } else { "" };
        return format!("{what}: write a name{begin}");
    }
    format!("{what}: write {}", ticks(expected))
}

/// Protox's list, with its words in back ticks.
pub(super) fn ticks(expected: &str) -> String {
    expected.replace('\'', "`")
}

fn has_syntax(found: &Found<'_>) -> bool {
    let text = found.source().and_then(|source| source.text.as_deref()).unwrap_or_default();
    text.lines().any(|line| line.trim_start().starts_with("syntax"))
}
