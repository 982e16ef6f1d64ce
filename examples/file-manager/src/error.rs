//! Errors of file operations, as their callers read them.

use std::io;

use connector::protocol::text::escaped;
use thiserror::Error;

use crate::root::{DEEPEST, LONGEST, MOST};

/// The characters of a path that an error repeats.
const SHOWN: usize = 200;

/// The error of a file operation. It names paths as the caller has written them, so nothing
/// outside of the served directory is ever mentioned.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    #[error("`{0}` does not exist")]
    Missing(String),
    #[error("`{0}` leads outside of the served directory")]
    Outside(String),
    #[error("`{0}` is a directory, not a file")]
    Directory(String),
    #[error("`{0}`, or a part of it, is not a directory")]
    NotDirectory(String),
    #[error("`{0}` is neither a file nor a directory")]
    Special(String),
    #[error("`{0}` is not text in UTF-8")]
    NotText(String),
    #[error("`{0}` is longer than {LONGEST} bytes")]
    TooLong(String),
    #[error("`{0}` has more than {MOST} entries, or {LONGEST} bytes of paths")]
    TooMany(String),
    #[error("`{0}` has more than {DEEPEST} levels of directories: remove the inner ones first")]
    TooDeep(String),
    #[error("`{0}` exists already")]
    Exists(String),
    #[error("`{0}` does not end with a name")]
    NoName(String),
    #[error("the directory is served read-only: start file-manager with --write")]
    ReadOnly,
    #[error("`{path}`: {error}")]
    System { path: String, error: io::Error },
}

impl FileError {
    /// Converts an error of the system, which mentions no path.
    pub(crate) fn at(path: &str) -> impl Fn(io::Error) -> Self {
        move |error| {
            let path = shown(path);
            match error.kind() {
                io::ErrorKind::NotFound => Self::Missing(path),
                io::ErrorKind::AlreadyExists => Self::Exists(path),
                io::ErrorKind::NotADirectory => Self::NotDirectory(path),
                io::ErrorKind::IsADirectory => Self::Directory(path),
                // The system's own refusals have a code; this one is by cap-std.
                io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                    Self::Outside(path)
                }
                _ => Self::System { path, error },
            }
        }
    }
}

/// Returns a path as errors show it: on one line, and not too long.
pub(crate) fn shown(path: &str) -> String {
    match path.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", escaped(&path[..end])),
        None => escaped(path).to_string(),
    }
}
