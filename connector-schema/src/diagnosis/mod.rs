//! Protox's errors as mistakes of this crate.

mod found;
mod habits;
mod imports;
mod options;
mod syntax;
mod texts;
mod types;
mod words;

use std::path::Path;

use miette::Diagnostic;

use crate::error::Mistake;
use crate::place::Place;
use crate::sources::Finder;
use found::Found;

/// What is known when a file cannot be compiled.
pub(crate) struct Diagnosis<'a> {
    pub(crate) finder: &'a Finder,
    pub(crate) includes: &'a [&'a Path],
}

impl Diagnosis<'_> {
    /// Describes an error, which may be several mistakes.
    pub(crate) fn describe(&self, error: &protox::Error) -> Vec<Mistake> {
        let unreadable = self.finder.take_mistakes();
        if !unreadable.is_empty() {
            return unreadable;
        }
        let name = error.file().unwrap_or_default();
        let more = error.related().into_iter().flatten();
        let all = std::iter::once(error as &dyn Diagnostic).chain(more);
        let mut mistakes: Vec<Mistake> = Vec::new();
        let mut is_cut = false;
        self.finder.with(|sources| {
            for diagnostic in all {
                let found = Found::new(diagnostic, error.source_code(), name, sources);
                // Behind a text without an end, protox misses what the text has taken.
                if found.is_told_better() || is_cut && found.what.starts_with("expected ") {
                    continue;
                }
                is_cut |= texts::is_without_end(&found);
                let (place, message) = self.word(&found);
                // Without a `syntax`, each field is the same mistake.
                let is_told = |told: &Mistake| told.message() == message;
                if !(syntax::is_of_the_file(&found) && mistakes.iter().any(is_told)) {
                    mistakes.push(Mistake::new(place, message));
                }
            }
        });
        mistakes
    }

    /// Says what is wrong, where, and what to write instead.
    fn word(&self, found: &Found<'_>) -> (Option<Place>, String) {
        let worded = self
            .import(found)
            .or_else(|| options::word(found))
            .or_else(|| types::word(found))
            .or_else(|| texts::word(found))
            .or_else(|| habits::word(found))
            .or_else(|| syntax::word(found))
            .or_else(|| words::word(found));
        worded.unwrap_or_else(|| {
            let message = match &found.help {
                Some(help) => format!("{}: {help}", found.what),
                None => found.what.clone(),
            };
            (found.place(), message)
        })
    }

    /// The include folders, as part of a sentence.
    fn folders(&self) -> String {
        let folders = self.includes.iter().map(|path| format!("`{}`", path.display()));
        match &*folders.collect::<Vec<_>>() {
            [] => "an include folder (none is given)".to_owned(),
            [folder] => format!("the include folder {folder}"),
            folders => format!("one of the include folders {}", folders.join(", ")),
        }
    }
}

/// Describes a file that protox cannot look for.
pub(crate) fn not_a_file(proto: &Path, diagnosis: &Diagnosis<'_>) -> Option<Mistake> {
    not_found(proto, diagnosis).map(|message| Mistake::new(None, message))
}

fn not_found(proto: &Path, diagnosis: &Diagnosis<'_>) -> Option<String> {
    let shown = proto.display();
    let folders = diagnosis.folders();
    let Some(name) = diagnosis.finder.name(proto) else {
        return Some(if proto.is_file() {
            format!("{shown}: the file is not in {folders}: add its folder to the include folders")
        } else {
            let what = "there is no such file: write its path from the working directory";
            format!("{shown}: {what}, or from {folders}")
        });
    };
    // An earlier folder may have another file of that name.
    let first = diagnosis.finder.path(&name)?;
    let differs = proto.is_file() && first.canonicalize().ok() != proto.canonicalize().ok();
    differs.then(|| {
        format!(
            "{shown}: it is imported as `{name}`, which is {} in {folders}: name that file, or \
             put the folder of this one first",
            first.display()
        )
    })
}
