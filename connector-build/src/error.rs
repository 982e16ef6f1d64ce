//! Errors of a compilation.

use std::fmt;
use std::path::Path;

/// All mistakes in the schemas, or in the files around them.
///
/// It is shown with a line for each mistake, `file:line:column: what is wrong:
/// what to write instead`. Its `Debug` form has the same lines, so that the
/// `main` of a build script can return it.
pub struct Error {
    mistakes: Vec<String>,
}

impl Error {
    pub(crate) fn new(mistakes: Vec<String>) -> Self {
        Self { mistakes }
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &Path, error: impl fmt::Display) -> Self {
        Self::new(vec![format!("{}: {error}", path.display())])
    }

    /// Returns the mistakes, each a line of text.
    pub fn mistakes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.mistakes.iter().map(String::as_str)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistakes.join("\n"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the schema cannot be compiled\n\n{self}\n")
    }
}

impl std::error::Error for Error {}

impl From<connector_schema::Error> for Error {
    fn from(error: connector_schema::Error) -> Self {
        Self::new(error.mistakes().iter().map(ToString::to_string).collect())
    }
}
