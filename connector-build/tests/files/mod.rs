//! Files of the tests.
#![allow(dead_code, reason = "each test program uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder for what is generated; gone when it is dropped.
pub(crate) struct OutDir(PathBuf);

impl OutDir {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for OutDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The folders in a folder, in order.
pub(crate) fn folders(path: impl AsRef<Path>) -> Vec<PathBuf> {
    entries(path.as_ref()).into_iter().filter(|path| path.is_dir()).collect()
}

/// The schemas in a folder, in order.
pub(crate) fn protos(path: &Path) -> Vec<PathBuf> {
    let is_proto = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "proto");
    entries(path).into_iter().filter(is_proto).collect()
}

/// The name and text of each file in a folder, in order.
pub(crate) fn read_all(path: &Path) -> Vec<(String, String)> {
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    entries(path).into_iter().map(read).collect()
}

fn entries(path: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}
