//! The files that schemas are read from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::{fs, str};

use connector_protocol::options;
use prost_types::FileDescriptorProto;
use protox::file::{
    DescriptorSetFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver,
};

use crate::error::{Error, Mistake};
use crate::place::Place;

/// The name by which schemas import Connector's options.
pub(crate) const OPTIONS: &str = "connector/options.proto";

/// What editors of some systems write at the beginning of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Source {
    /// The file, as the user would open it; for one from a descriptor set, the set.
    pub(crate) path: PathBuf,
    /// The text; none for a file from a descriptor set.
    pub(crate) text: Option<String>,
    /// The content as it is written, with names that are not resolved; none if it cannot be
    /// parsed.
    pub(crate) written: Option<FileDescriptorProto>,
}

impl Source {
    /// The path to show in front of a place.
    pub(crate) fn shown(&self, name: &str) -> String {
        let is_text = self.text.is_some();
        if is_text { self.path.to_string_lossy().into_owned() } else { name.to_owned() }
    }
}

/// The files that were read, by the names by which imports refer to them.
pub(crate) type Sources = BTreeMap<String, Source>;

/// Finds the files by their names, and remembers them.
///
/// Files that ship with protox and with this crate come first: copies of them are of other
/// versions, and nothing is generated for them.
#[derive(Clone)]
pub(crate) struct Finder(Rc<State>);

struct State {
    shipped: GoogleFileResolver,
    includes: Vec<Include>,
    sources: RefCell<Sources>,
    /// Files that cannot be read.
    mistakes: RefCell<Vec<Mistake>>,
}

enum Include {
    Folder(PathBuf, IncludeFileResolver),
    /// A file with a descriptor set.
    Set(PathBuf, DescriptorSetFileResolver),
}

impl Finder {
    /// Opens the includes: folders, and files with descriptor sets.
    ///
    /// # Errors
    /// Returns a mistake for each file that is not a descriptor set.
    pub(crate) fn new(includes: &[&Path]) -> Result<Self, Error> {
        let mut opened = Vec::new();
        let mut mistakes = Vec::new();
        for path in includes.iter().map(|path| path.to_path_buf()) {
            if !path.is_file() {
                let resolver = IncludeFileResolver::new(path.clone());
                opened.push(Include::Folder(path, resolver));
                continue;
            }
            match set(&path) {
                Ok(resolver) => opened.push(Include::Set(path, resolver)),
                Err(message) => mistakes.push(Mistake::new(None, message)),
            }
        }
        Error::unless_empty(mistakes)?;
        Ok(Self(Rc::new(State {
            shipped: GoogleFileResolver::new(),
            includes: opened,
            sources: RefCell::default(),
            mistakes: RefCell::default(),
        })))
    }

    /// The name of a file that is given by its path, or by its name from an include.
    pub(crate) fn name(&self, path: &Path) -> Option<String> {
        let given = self.resolve_path(path).filter(|_| path.is_file());
        given.or_else(|| path.to_str().filter(|name| self.path(name).is_some()).map(str::to_owned))
    }

    /// The path of the file that a name stands for.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.0.includes.iter().find_map(|include| match include {
            Include::Folder(folder, _) => Some(folder.join(name)).filter(|path| path.is_file()),
            Include::Set(path, set) => set.open_file(name).is_ok().then(|| path.clone()),
        })
    }

    /// Calls `read` with the files that were read until now.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Sources) -> T) -> T {
        read(&self.0.sources.borrow())
    }

    /// The files that were read.
    pub(crate) fn into_sources(self) -> Sources {
        self.0.sources.take()
    }

    /// The mistakes of files that cannot be read.
    pub(crate) fn take_mistakes(&self) -> Vec<Mistake> {
        self.0.mistakes.take()
    }

    /// Fails with a mistake that is already written.
    fn fail(&self, place: Option<Place>, message: String) -> protox::Error {
        let error = protox::Error::new(message.clone());
        self.0.mistakes.borrow_mut().push(Mistake::new(place, message));
        error
    }

    fn open_text(&self, name: &str, path: PathBuf) -> Result<File, protox::Error> {
        let shown = || path.to_string_lossy().into_owned();
        let bytes = fs::read(&path).map_err(|error| {
            self.fail(None, format!("{}: the file cannot be read: {error}", shown()))
        })?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let place = end(&shown().into(), str::from_utf8(valid).unwrap_or_default());
                let what = "the file is not UTF-8 from here on: save it as UTF-8 in the editor";
                return Err(self.fail(Some(place), what.to_owned()));
            }
        };
        let text = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(text) => text.to_owned(),
            None => text,
        };
        let file = File::from_source(name, &text);
        let written = file.as_ref().ok().map(|file| file.file_descriptor_proto().clone());
        let source = Source { path, text: Some(text), written };
        self.0.sources.borrow_mut().insert(name.to_owned(), source);
        file
    }
}

impl FileResolver for Finder {
    fn resolve_path(&self, path: &Path) -> Option<String> {
        self.0.includes.iter().find_map(|include| match include {
            Include::Folder(_, resolver) => resolver.resolve_path(path),
            Include::Set(..) => None,
        })
    }

    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == OPTIONS {
            return File::from_source(name, options::PROTO);
        }
        if let Ok(file) = self.0.shipped.open_file(name) {
            return Ok(file);
        }
        for include in &self.0.includes {
            match include {
                Include::Folder(folder, _) => {
                    let path = folder.join(name);
                    if path.is_file() {
                        return self.open_text(name, path);
                    }
                }
                Include::Set(path, set) => {
                    let Ok(file) = set.open_file(name) else { continue };
                    let source = Source { path: path.clone(), text: None, written: None };
                    self.0.sources.borrow_mut().insert(name.to_owned(), source);
                    return Ok(file);
                }
            }
        }
        Err(protox::Error::file_not_found(name))
    }
}

/// Reads a descriptor set.
fn set(path: &Path) -> Result<DescriptorSetFileResolver, String> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|error| format!("{shown}: it cannot be read: {error}"))?;
    DescriptorSetFileResolver::decode(&*bytes).map_err(|error| {
        format!(
            "{shown}: an include that is a file has to be a descriptor set, and this is not one \
             ({error}): write `protoc --include_imports --include_source_info \
             --descriptor_set_out`, or name a folder"
        )
    })
}

/// The place behind the last character of a text.
pub(crate) fn end(file: &std::sync::Arc<str>, text: &str) -> Place {
    let last = text.rsplit('\n').next().unwrap_or_default();
    Place::new(file, text.matches('\n').count() + 1, last.chars().count() + 1)
}
