//! What protox has found, in the words of this crate.

use std::path::Path;

use miette::{Diagnostic, SourceCode};

/// The options that there are: on what, under which name, an example.
const OPTIONS: [(&str, &str, &str); 7] = [
    ("service", "server", "\"chat\""),
    ("service", "handler", "\"room\""),
    ("method", "route", "\"chat.room.send\""),
    ("method", "notify", "true"),
    ("method", "code", "7"),
    ("message", "push", "\"onLine\""),
    ("message", "push_code", "8"),
];

const IMPORT: &str = "import \"connector/options.proto\";";

/// All that is wrong, in a line each.
pub(crate) fn describe(error: &protox::Error, includes: &[&Path]) -> Vec<String> {
    let file = error.file().map(|name| path_of(name, includes));
    let more = error.related().into_iter().flatten();
    let all = std::iter::once(error as &dyn Diagnostic).chain(more);
    all.map(|found| {
        let at = match (&file, place(found, error.source_code())) {
            (Some(file), Some((line, column))) => format!("{file}:{line}:{column}: "),
            // An error of one file as a whole says its name itself.
            _ => String::new(),
        };
        let what = found.to_string();
        if let Some(what) = option(&what) {
            return format!("{at}{what}");
        }
        let help = match found.help() {
            Some(help) => format!(": {help}"),
            None if error.is_file_not_found() => {
                format!(": write its path from {}", folders(includes))
            }
            None => String::new(),
        };
        format!("{at}{what}{help}")
    })
    .collect()
}

/// What is wrong with a file that protox cannot even look for.
pub(crate) fn not_a_file(proto: &Path, includes: &[&Path]) -> Option<String> {
    let (path, folders) = (proto.display(), folders(includes));
    if includes.iter().any(|include| include.join(proto).is_file()) {
        return None;
    }
    if !proto.is_file() {
        let what = "there is no such file: write its path from the folder of your Cargo.toml";
        return Some(format!("{path}: {what}, or from {folders}"));
    }
    let within = includes.iter().any(|include| proto.starts_with(include) || **include == *".");
    (!within).then(|| format!("{path}: it is not in {folders}: give its folder to `compile`, too"))
}

fn folders(includes: &[&Path]) -> String {
    let folders: Vec<_> = includes.iter().map(|path| format!("`{}`", path.display())).collect();
    match &*folders {
        [] => "an include folder, of which there is none".to_owned(),
        [folder] => format!("the include folder {folder}"),
        _ => format!("one of the include folders {}", folders.join(", ")),
    }
}

/// What is wrong with one of our options, if it is that.
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
            format!("there is no option `connector.{name}`: there are {}", known.join(", "))
        }
    })
}

/// The file that an import's name means, as the user would open it.
fn path_of(name: &str, includes: &[&Path]) -> String {
    let path = includes.iter().map(|include| include.join(name)).find(|path| path.exists());
    path.map_or_else(|| name.to_owned(), |path| path.display().to_string())
}

/// Line and column, counted from 1.
fn place(found: &dyn Diagnostic, text: Option<&dyn SourceCode>) -> Option<(usize, usize)> {
    let label = found.labels()?.next()?;
    let span = found.source_code().or(text)?.read_span(label.inner(), 0, 0).ok()?;
    Some((span.line() + 1, span.column() + 1))
}
