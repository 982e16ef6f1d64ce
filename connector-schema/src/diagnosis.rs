//! Protox's errors as mistakes of this crate.

use std::path::Path;
use std::sync::Arc;

use miette::{Diagnostic, SourceCode};

use crate::error::Mistake;
use crate::place::Place;

/// The options: the kind of their item, their name, an example.
const OPTIONS: [(&str, &str, &str); 9] = [
    ("service", "server", "\"chat\""),
    ("service", "handler", "\"room\""),
    ("method", "route", "\"chat.room.send\""),
    ("method", "notify", "true"),
    ("method", "code", "7"),
    ("method", "json", "true"),
    ("message", "push", "\"onLine\""),
    ("message", "push_code", "8"),
    ("message", "push_json", "true"),
];

/// The end of protox's text about a file that ends too early, which has no label.
const AT_THE_END: &str = "reached end of file";

const IMPORT: &str = "import \"connector/options.proto\";";

/// Describes an error, which may be several mistakes.
pub(crate) fn describe(error: &protox::Error, includes: &[&Path]) -> Vec<Mistake> {
    let file = error.file().map(|name| path_of(name, includes));
    let more = error.related().into_iter().flatten();
    let all = std::iter::once(error as &dyn Diagnostic).chain(more);
    all.map(|found| {
        // An error of one file as a whole contains the name of the file.
        let what = found.to_string();
        let place = file.as_ref().and_then(|file| {
            let labelled = place(file, found, error.source_code());
            labelled.or_else(|| what.ends_with(AT_THE_END).then(|| end(file)).flatten())
        });
        let message = match (option(&what), found.help()) {
            (Some(message), _) => message,
            (None, Some(help)) => format!("{what}: {help}"),
            (None, None) if error.is_file_not_found() => {
                format!("{what}: write its path from {}", folders(includes))
            }
            (None, None) => what,
        };
        Mistake::new(place, message)
    })
    .collect()
}

/// Describes a file that protox cannot look for.
pub(crate) fn not_a_file(proto: &Path, includes: &[&Path]) -> Option<Mistake> {
    not_found(proto, includes).map(|message| Mistake::new(None, message))
}

fn not_found(proto: &Path, includes: &[&Path]) -> Option<String> {
    let path = proto.display();
    let folders = folders(includes);
    if includes.iter().any(|include| include.join(proto).is_file()) {
        return None;
    }
    if !proto.is_file() {
        let what = "there is no such file: write its path from the working directory";
        return Some(format!("{path}: {what}, or from {folders}"));
    }
    let within = includes.iter().any(|include| proto.starts_with(include) || **include == *".");
    (!within).then(|| {
        format!("{path}: the file is not in {folders}: add its folder to the include folders")
    })
}

fn folders(includes: &[&Path]) -> String {
    let folders: Vec<_> = includes.iter().map(|path| format!("`{}`", path.display())).collect();
    match &*folders {
        [] => "an include folder (none is given)".to_owned(),
        [folder] => format!("the include folder {folder}"),
        _ => format!("one of the include folders {}", folders.join(", ")),
    }
}

/// Describes a mistake in one of Connector's options.
fn option(what: &str) -> Option<String> {
    let (_, rest) = what.split_once("connector.")?;
    let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_')?;
    let name = &rest[..end];
    let defined = !what.contains("not defined");
    Some(match OPTIONS.iter().find(|(_, known, _)| *known == name) {
        Some((item, _, example)) if defined => format!(
            "{what}: it is an option of a {item}, as in `option (connector.{name}) = {example};`"
        ),
        Some(_) => format!(
            "option `connector.{name}` is not known in this file: write `{IMPORT}` at its top"
        ),
        None => {
            let known: Vec<_> =
                OPTIONS.iter().map(|(item, name, _)| format!("`{name}` of a {item}")).collect();
            format!("option `connector.{name}` does not exist: write one of {}", known.join(", "))
        }
    })
}

/// The path of an imported file, as the user would open it.
fn path_of(name: &str, includes: &[&Path]) -> Arc<str> {
    let path = includes.iter().map(|include| include.join(name)).find(|path| path.exists());
    path.map_or_else(|| name.into(), |path| path.to_string_lossy().into())
}

fn place(file: &Arc<str>, found: &dyn Diagnostic, text: Option<&dyn SourceCode>) -> Option<Place> {
    let label = found.labels()?.next()?;
    let span = found.source_code().or(text)?.read_span(label.inner(), 0, 0).ok()?;
    Some(Place::new(file, span.line() + 1, span.column() + 1))
}

/// The place behind the last character of a file.
fn end(file: &Arc<str>) -> Option<Place> {
    let text = std::fs::read_to_string(&**file).ok()?;
    let last = text.rsplit('\n').next()?;
    Some(Place::new(file, text.matches('\n').count() + 1, last.chars().count() + 1))
}
