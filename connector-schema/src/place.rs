//! Places in the text of schemas.

use std::fmt;
use std::sync::Arc;

/// A place in the text of a schema, shown as `file:line:column`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    file: Arc<str>,
    line: usize,
    column: usize,
}

impl Place {
    pub(crate) fn new(file: &Arc<str>, line: usize, column: usize) -> Self {
        Self { file: file.clone(), line, column }
    }

    /// The path of the file, as the user would open it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column } = self;
        write!(f, "{file}:{line}:{column}")
    }
}

/// A value with its place in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The place to edit in order to change the value.
    pub place: Place,
}

impl<T> Spanned<T> {
    pub(crate) fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}
