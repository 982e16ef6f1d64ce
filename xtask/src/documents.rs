//! The tables of the documents list what there is.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory;
use serde_json::Value;

use crate::command::{cargo, output, root};

/// Asserts that `document` mentions each of these names between backticks, or as a link.
fn assert_lists(document: &str, names: impl IntoIterator<Item = String>) {
    let text = std::fs::read_to_string(root().join(document)).expect(document);
    let words: BTreeSet<&str> =
        text.split(|c: char| !c.is_alphanumeric() && !"-_./".contains(c)).collect();
    let missing: Vec<_> = names.into_iter().filter(|name| !words.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{document} lacks {missing:?}");
}

/// Returns the names of the files and folders in `folder` that `keep` keeps.
fn names(folder: &str, keep: impl Fn(&Path) -> bool) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).expect(folder);
    let paths = entries.map(|entry| entry.expect(folder).path()).filter(|path| keep(path));
    paths.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
}

/// Returns what cargo knows of the workspace's packages.
fn packages() -> Vec<Value> {
    let metadata = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let metadata = output(&mut cargo(&metadata)).expect("cargo metadata runs");
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata is JSON");
    metadata["packages"].as_array().expect("the workspace has packages").clone()
}

#[test]
fn the_readme_lists_every_example_and_guide() {
    let examples = names("examples", Path::is_dir).into_iter();
    let guides = names("docs", |path| path.extension().is_some_and(|kind| kind == "md"));
    let paths = examples.map(|name| format!("examples/{name}"));
    assert_lists("README.md", paths.chain(guides.iter().map(|name| format!("docs/{name}"))));
}

/// Returns the words that follow `before` in the README.
fn follow(before: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let parts = text.split(before).skip(1);
    let words = parts.filter_map(|rest| rest.split(|c| !is_word(c)).next());
    words.map(str::to_owned).collect()
}

#[test]
fn the_readme_names_tasks_and_packages_that_exist() {
    let tasks = follow("cargo xtask ");
    let program = crate::Arguments::command();
    assert!(tasks.contains("test") && tasks.contains("guide"));
    for task in tasks.iter().filter(|task| *task != "help") {
        assert!(program.find_subcommand(task).is_some(), "`cargo xtask {task}` does not exist");
    }
    let named = follow(" -p ");
    assert!(named.contains("chat"));
    for name in named {
        assert!(packages().iter().any(|package| package["name"] == name.as_str()), "-p {name}");
    }
}

#[test]
fn every_example_has_a_readme() {
    let without = names("examples", |path| path.is_dir() && !path.join("README.md").is_file());
    assert!(without.is_empty(), "{without:?} have no README.md");
}

#[test]
fn the_page_of_the_crate_lists_every_feature() {
    let packages = packages();
    let kit = packages.iter().find(|package| package["name"] == "connector-kit");
    let features = kit.and_then(|kit| kit["features"].as_object()).expect("it has features");
    let features = features.keys().filter(|name| *name != "default").cloned();
    assert_lists("connector/docs/crate.md", features);
}

#[test]
fn the_architecture_has_a_reason_for_every_dependency() {
    let packages = packages();
    let ours: BTreeSet<_> =
        packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let dependencies = packages.iter().flat_map(|package| package["dependencies"].as_array());
    let names = dependencies.flatten().filter_map(|dependency| dependency["name"].as_str());
    let foreign: BTreeSet<_> = names.filter(|name| !ours.contains(name)).collect();
    assert_lists("ARCHITECTURE.md", foreign.into_iter().map(str::to_owned));
}

#[test]
fn the_architecture_has_a_place_for_every_folder() {
    for sources in ["connector/src", "protocol/src"] {
        let folders = names(sources, |path| path.is_dir()).into_iter();
        assert_lists("ARCHITECTURE.md", folders.map(|name| format!("{name}/")));
    }
}
