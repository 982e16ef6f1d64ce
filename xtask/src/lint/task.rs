//! The crates, the files, the list of findings.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::exceptions::{self, Exception};
use super::source;
use crate::command::root;

/// Crates whose documentation and errors are read: first those of users, then the
/// project's own. One that does not exist is skipped.
const CRATES: [&str; 8] = [
    "connector",
    "connector-build",
    "connector-macros",
    "connector-schema",
    "protocol",
    "bench",
    "fuzz",
    "xtask",
];
const EXCEPTIONS: &str = "xtask/lint-exceptions.txt";

/// The files to read.
#[derive(Args)]
pub(crate) struct Options {
    /// Reads only files below these paths, as in `connector/src/session`; all
    /// by default.
    paths: Vec<String>,
}

/// Lists the findings as `file:line: text (repair)`.
pub(crate) fn run(options: &Options) -> ExitCode {
    ExitCode::from(u8::from(!lint(&options.paths)))
}

/// Lists the findings of all crates; `true` if there are none.
pub(crate) fn is_clean() -> bool {
    lint(&[])
}

fn lint(paths: &[String]) -> bool {
    match lines(paths) {
        Ok(lines) => {
            for line in &lines {
                println!("{line}");
            }
            if !lines.is_empty() {
                eprintln!("{} findings; exceptions belong in {EXCEPTIONS}", lines.len());
            }
            lines.is_empty()
        }
        Err(error) => {
            eprintln!("{error}");
            false
        }
    }
}

/// The lines to print.
fn lines(paths: &[String]) -> Result<Vec<String>, String> {
    let root = root();
    let exceptions = read(&root.join(EXCEPTIONS))?;
    let exceptions =
        exceptions::parse(&exceptions).map_err(|error| format!("{EXCEPTIONS}: {error}"))?;
    let mut used = vec![false; exceptions.len()];
    let mut lines = Vec::new();
    let sources = sources(&root)?;
    for path in paths {
        if !sources.iter().any(|source| Path::new(&name(source, &root)).starts_with(path)) {
            return Err(format!("no linted source is below `{path}`: write it from the root"));
        }
    }
    for path in sources {
        let file = name(&path, &root);
        if !paths.is_empty() && !paths.iter().any(|path| Path::new(&file).starts_with(path)) {
            continue;
        }
        let findings = source::findings(&read(&path)?, is_test(&file))
            .map_err(|error| format!("{file}: {error}"))?;
        for finding in findings {
            let is_same = |exception: &Exception<'_>| {
                exception.file == file && exception.text == finding.text
            };
            match exceptions.iter().position(is_same) {
                Some(exception) => used[exception] = true,
                None => lines.push(format!(
                    "{file}:{}: {} ({})",
                    finding.line,
                    finding.text,
                    finding.rule.advice()
                )),
            }
        }
    }
    if paths.is_empty() {
        let unused = exceptions.iter().zip(used).filter(|(_, used)| !used);
        lines.extend(unused.map(|(Exception { file, text }, _)| {
            format!("{EXCEPTIONS}: `{file}: {text}` is not found any more: remove the line")
        }));
    }
    Ok(lines)
}

/// Checks that a file has only tests.
fn is_test(file: &str) -> bool {
    let path = Path::new(file);
    path.ends_with("tests.rs") || path.iter().any(|folder| folder == "tests")
}

/// All sources of [`CRATES`], in order.
fn sources(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut sources = Vec::new();
    let mut folders: Vec<_> = CRATES.iter().map(|name| root.join(name).join("src")).collect();
    folders.retain(|folder| folder.is_dir());
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| failed(&folder, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| failed(&folder, &error))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    sources.sort();
    Ok(sources)
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// A path from the workspace's root, with slashes.
fn name(path: &Path, root: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    names.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_crates_are_clean() {
        let own = ["bench", "fuzz", "xtask"].map(str::to_owned);
        assert_eq!(lines(&own), Ok(Vec::new()));
    }

    #[test]
    fn a_path_without_sources_is_an_error() {
        let path = "no/such/folder".to_owned();
        let error = "no linted source is below `no/such/folder`: write it from the root";
        assert_eq!(lines(&[path]), Err(error.to_owned()));
    }
}
