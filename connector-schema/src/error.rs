//! Mistakes in schemas.

use std::error;
use std::fmt;

use crate::place::Place;

/// A mistake in a schema, or in a file around it.
///
/// It is shown as `file:line:column: what is wrong: what to write instead`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    place: Option<Place>,
    message: String,
}

impl Mistake {
    pub(crate) fn new(place: Option<Place>, message: String) -> Self {
        Self { place, message }
    }

    /// The place of the mistake; `None` for a file that cannot be read.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The text of the mistake, without its place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// A list of mistakes that a check adds to.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Adds a mistake. `message` says what is wrong and what to write instead.
    pub fn add(&mut self, place: &Place, message: impl Into<String>) {
        self.0.push(Mistake::new(Some(place.clone()), message.into()));
    }

    /// The mistakes in the order of their places, if there are any.
    pub(crate) fn into_result(mut self) -> Result<(), Error> {
        self.0.sort_by(|a, b| a.place.cmp(&b.place));
        Error::unless_empty(self.0)
    }
}

/// The mistakes that keep schemas from being compiled: at least one.
#[derive(Debug)]
pub struct Error {
    mistakes: Vec<Mistake>,
}

impl Error {
    pub(crate) fn unless_empty(mistakes: Vec<Mistake>) -> Result<(), Self> {
        if mistakes.is_empty() { Ok(()) } else { Err(Self { mistakes }) }
    }

    /// The mistakes. Those with a place are in the order of their places.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

/// Shows a line for each mistake.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl error::Error for Error {}
