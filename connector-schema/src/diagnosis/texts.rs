//! Mistakes within quotes and comments.

use super::found::Found;
use crate::place::Place;
use crate::sources::end;

/// Returns `true` for a text or a comment without its end, which takes what follows with it.
pub(super) fn is_without_end(found: &Found<'_>) -> bool {
    matches!(
        &*found.what,
        "unterminated string"
            | "expected string terminator, but reached end of file"
            | "expected comment terminator, but reached end of file"
    )
}

pub(super) fn word(found: &Found<'_>) -> Option<(Option<Place>, String)> {
    if found.what == "expected comment terminator, but reached end of file" {
        let message = "the comment that begins here has no end: write `*/` behind it";
        return Some((comment(found), message.to_owned()));
    }
    if is_without_end(found) {
        let (place, quote) = opening(found)?;
        let message = format!("the text that begins here has no end: write `{quote}` behind it");
        return Some((Some(place), message));
    }
    let message = match &*found.what {
        "invalid string character" => "a text has no NUL byte: write `\\0` for one",
        "invalid string escape" => "there is no such escape: write `\\\\` for a backslash",
        "string is not valid utf-8" => {
            "the escapes in this text are not UTF-8: write the characters themselves"
        }
        "nested block comments are not supported" => {
            "a comment begins within a comment: remove this `/*`"
        }
        "'#' comments are not allowed here" => "`#` does not begin a comment: write `//`",
        _ => return None,
    };
    Some((found.place(), message.to_owned()))
}

/// The quote that opens the text whose line ends, and its place.
fn opening(found: &Found<'_>) -> Option<(Place, char)> {
    let place = found.place().or_else(|| found.end())?;
    let line = found.source()?.text.as_deref()?.split('\n').nth(place.line() - 1)?;
    let mut open = None;
    let mut chars = line.char_indices();
    while let Some((index, char)) = chars.next() {
        match (char, open) {
            ('\\', Some(_)) => {
                chars.next();
            }
            ('"' | '\'', None) => open = Some((index, char)),
            (_, Some((_, quote))) if char == quote => open = None,
            _ => {}
        }
    }
    let (index, quote) = open?;
    Some((Place::new(&found.shown(), place.line(), index + 1), quote))
}

/// The place of the comment that is open at the end of the file.
fn comment(found: &Found<'_>) -> Option<Place> {
    let text = found.source()?.text.as_deref()?;
    let closed = text.rfind("*/").map_or(0, |index| index + 2);
    let begin = closed + text[closed..].find("/*")?;
    Some(end(&found.shown(), &text[..begin]))
}
