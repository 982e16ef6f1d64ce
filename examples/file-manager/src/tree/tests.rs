//! What has happened to paths.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use tempfile::TempDir;

use super::Change::{Added, Changed, Removed};
use super::*;

struct Fixture {
    temporary: TempDir,
    tree: Tree,
    watched: BTreeSet<String>,
}

impl Fixture {
    /// A tree that knows `src/a` and `src/b`.
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        fs::create_dir_all(temporary.path().join("served/src")).unwrap();
        fs::create_dir(temporary.path().join("outside")).unwrap();
        fs::write(temporary.path().join("outside/secret"), "secret").unwrap();
        let root = Root::open(&temporary.path().join("served"), false).unwrap();
        let tree = Tree::new(Arc::new(root));
        let mut fixture = Self { temporary, tree, watched: BTreeSet::new() };
        fixture.write("src/a");
        fixture.write("src/b");
        let known = ["src/a", "src/b"].map(|path| Added(path.to_owned()));
        assert_eq!(fixture.update(&[""]), known);
        fixture
    }

    fn path(&self, path: &str) -> PathBuf {
        self.temporary.path().join("served").join(path)
    }

    fn write(&self, path: &str) {
        fs::write(self.path(path), path).unwrap();
    }

    /// The changes, in the order of their paths.
    fn update(&mut self, touched: &[&str]) -> Vec<Change> {
        let mut watch = |path: &str| {
            self.watched.insert(path.to_owned());
        };
        let mut changes = self.tree.update(touched.iter().copied(), &mut watch);
        changes.sort_by_key(|change| match change {
            Added(path) | Changed(path) | Removed(path) => path.clone(),
        });
        changes
    }
}

fn added(path: &str) -> Change {
    Added(path.to_owned())
}

fn removed(path: &str) -> Change {
    Removed(path.to_owned())
}

#[test]
fn files_are_added_changed_and_removed() {
    let mut files = Fixture::new();
    files.write("src/c");
    fs::remove_file(files.path("src/b")).unwrap();
    let touched = ["src/a", "src/b", "src/c", "src/never"];
    let changes = [Changed("src/a".to_owned()), removed("src/b"), added("src/c")];
    assert_eq!(files.update(&touched), changes);
    assert_eq!(files.update(&["src/b", "src/never", "src"]), []);
}

#[test]
fn a_new_directory_is_watched_and_looked_into() {
    let mut files = Fixture::new();
    assert_eq!(files.watched, ["", "src"].map(str::to_owned).into());
    fs::create_dir_all(files.path("x/y")).unwrap();
    files.write("x/1");
    files.write("x/y/2");
    assert_eq!(files.update(&["x"]), [added("x/1"), added("x/y/2")]);
    assert!(files.watched.contains("x") && files.watched.contains("x/y"));
}

#[test]
fn a_directory_that_moves_takes_its_files_along() {
    let mut files = Fixture::new();
    files.write("srcs");
    assert_eq!(files.update(&["srcs"]), [added("srcs")]);
    fs::rename(files.path("src"), files.path("lib")).unwrap();
    let changes = [added("lib/a"), added("lib/b"), removed("src/a"), removed("src/b")];
    assert_eq!(files.update(&["src", "lib"]), changes);
    fs::remove_dir_all(files.path("lib")).unwrap();
    files.write("lib");
    assert_eq!(files.update(&["lib"]), [added("lib"), removed("lib/a"), removed("lib/b")]);
}

#[test]
fn what_was_missed_is_found_by_times_and_lengths() {
    let mut files = Fixture::new();
    fs::write(files.path("src/a"), "longer than before").unwrap();
    fs::remove_file(files.path("src/b")).unwrap();
    files.write("c");
    assert_eq!(files.update(&[""]), [added("c"), Changed("src/a".to_owned()), removed("src/b")]);
    assert_eq!(files.update(&[""]), []);
}

#[test]
fn nothing_outside_is_reported() {
    let mut files = Fixture::new();
    symlink("../outside", files.path("directory")).unwrap();
    symlink("../outside/secret", files.path("file")).unwrap();
    symlink("src", files.path("inner")).unwrap();
    symlink("src/a", files.path("same")).unwrap();
    let touched = ["directory", "directory/secret", "file", "inner", "../outside/secret", "same"];
    assert_eq!(files.update(&touched), [added("same")]);
    assert_eq!(files.watched, ["", "src"].map(str::to_owned).into());
    // A directory in whose place a link was put is gone.
    fs::rename(files.path("src"), files.temporary.path().join("outside/src")).unwrap();
    symlink("../outside/src", files.path("src")).unwrap();
    let changes = [removed("same"), removed("src/a"), removed("src/b")];
    assert_eq!(files.update(&["src", "src/a", "src/b", ""]), changes);
}

#[test]
fn what_is_too_deep_is_left_out() {
    let mut files = Fixture::new();
    let deep = ["d"; DEEPEST].join("/");
    fs::create_dir_all(files.path(&deep)).unwrap();
    files.write(&(deep.clone() + "/file"));
    assert_eq!(files.update(&["d"]), []);
    assert!(files.watched.contains(&deep));
}
