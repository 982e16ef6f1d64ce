//! The files that are known, and how they change.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use cap_std::fs::Metadata;
use cap_std::time::SystemTime;

use crate::root::Root;

/// The most files and directories that are watched.
pub(crate) const MOST: usize = 100_000;
/// The most levels of directories that are watched.
const DEEPEST: usize = 100;

/// A change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Added(String),
    Changed(String),
    Removed(String),
}

/// The files of the served directory. Links to directories are not followed.
#[derive(Debug)]
pub(crate) struct Tree {
    root: Arc<Root>,
    files: BTreeMap<String, Stamp>,
    changes: Vec<Change>,
}

/// By this a file is found to have changed when that was not noticed.
type Stamp = (Option<SystemTime>, u64);

impl Tree {
    pub(crate) fn new(root: Arc<Root>) -> Self {
        Self { root, files: BTreeMap::new(), changes: Vec::new() }
    }

    /// Finds out what has happened to these paths, of which an empty one is the root. Each
    /// directory among them is handed to `watch` before it is looked into.
    pub(crate) fn update<'a>(
        &mut self,
        touched: impl IntoIterator<Item = &'a str>,
        watch: &mut dyn FnMut(&str),
    ) -> Vec<Change> {
        for path in touched {
            let mut seen = BTreeSet::new();
            self.look(path, true, watch, &mut seen);
            self.forget(path, &seen);
        }
        std::mem::take(&mut self.changes)
    }

    /// Looks at a path, and at all beneath it.
    fn look(
        &mut self,
        path: &str,
        has_changed: bool,
        watch: &mut dyn FnMut(&str),
        seen: &mut BTreeSet<String>,
    ) {
        if seen.len() >= MOST || path.split('/').count() > DEEPEST {
            return;
        }
        let here = if path.is_empty() { "." } else { path };
        let Ok(mut metadata) = self.root.dir().symlink_metadata(here) else { return };
        if metadata.is_symlink() {
            // One that leads to a file within the root is a file.
            match self.root.dir().metadata(here) {
                Ok(target) if target.is_file() => metadata = target,
                _ => return,
            }
        }
        if metadata.is_file() {
            self.found(path, has_changed, &metadata);
            seen.insert(path.to_owned());
        } else if metadata.is_dir() {
            watch(path);
            let Ok(entries) = self.root.dir().read_dir(here) else { return };
            for name in entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
                let path = if path.is_empty() { name } else { format!("{path}/{name}") };
                self.look(&path, false, watch, seen);
            }
        }
    }

    fn found(&mut self, path: &str, has_changed: bool, metadata: &Metadata) {
        let stamp = (metadata.modified().ok(), metadata.len());
        match self.files.insert(path.to_owned(), stamp) {
            None => self.changes.push(Change::Added(path.to_owned())),
            Some(known) if has_changed || known != stamp => {
                self.changes.push(Change::Changed(path.to_owned()));
            }
            Some(_) => {}
        }
    }

    /// Forgets the files at a path and beneath it that were not seen.
    fn forget(&mut self, path: &str, seen: &BTreeSet<String>) {
        let beneath = if path.is_empty() { String::new() } else { format!("{path}/") };
        let from = (Bound::Included(beneath.as_str()), Bound::Unbounded);
        let mut gone: Vec<String> = Vec::new();
        for (known, _) in self.files.range::<str, _>(from) {
            if !known.starts_with(&beneath) {
                break;
            }
            if !seen.contains(known) {
                gone.push(known.clone());
            }
        }
        if self.files.contains_key(path) && !seen.contains(path) {
            gone.push(path.to_owned());
        }
        for path in gone {
            self.files.remove(&path);
            self.changes.push(Change::Removed(path));
        }
    }
}

#[cfg(test)]
mod tests;
