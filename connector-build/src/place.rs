//! Places in a schema's text.

use std::fmt;
use std::rc::Rc;

use protox::prost_reflect::FileDescriptor;

/// A place in a schema's text; shown as `file:line:column`, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    file: Rc<str>,
    line: i32,
    column: i32,
}

impl Place {
    /// The start of a file.
    pub(crate) fn start(file: &Rc<str>) -> Self {
        Self { file: file.clone(), line: 1, column: 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column } = self;
        write!(f, "{file}:{line}:{column}")
    }
}

/// A schema's text, to find places in.
pub(crate) struct Text<'a> {
    /// As the user would open it.
    path: Rc<str>,
    descriptor: &'a FileDescriptor,
}

impl<'a> Text<'a> {
    pub(crate) fn new(path: Rc<str>, descriptor: &'a FileDescriptor) -> Self {
        Self { path, descriptor }
    }

    /// Where the part of an item stands whose tags within the item's
    /// descriptor are these; else the item itself.
    pub(crate) fn place(&self, item: &[i32], part: &[i32]) -> Place {
        let mut path = [item, part].concat();
        let locations = &self.descriptor.file_descriptor_proto().source_code_info;
        let locations = locations.as_ref().map(|info| &*info.location).unwrap_or_default();
        while !path.is_empty() {
            let found = locations.iter().find(|location| location.path == path);
            if let Some([line, column, ..]) = found.map(|location| &*location.span) {
                return Place { file: self.path.clone(), line: line + 1, column: column + 1 };
            }
            path.pop();
        }
        Place::start(&self.path)
    }
}
