//! Another commit of this repository: its own checkout, its own build.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::command::{cargo, command, output, succeeds, target};

/// A commit that is checked out beside the working tree.
pub(crate) struct Revision {
    /// The name on the command line, such as `HEAD~5`.
    name: String,
    /// The abbreviated hash.
    commit: String,
    /// The package of each program.
    programs: BTreeMap<String, String>,
}

/// The part of `cargo metadata` that is read here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

impl Revision {
    /// Checks a commit out below `target/bench/against`. The checkout is a git
    /// worktree that later runs use again, so that they compile what has
    /// changed alone.
    ///
    /// # Errors
    /// The commit does not exist, or git or cargo cannot read it.
    pub(crate) fn check_out(name: &str) -> Result<Self, String> {
        let commit = format!("{name}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--short", &commit];
        let commit = output(&mut command("git", &arguments))
            .ok_or_else(|| format!("`{name}` is not a commit: name one, such as `HEAD~1`"))?;
        let checkout = checkout();
        let is_reused = checkout.join(".git").exists();
        let mut git = if is_reused {
            let mut git = command("git", &["checkout", "--quiet", "--force", "--detach", &commit]);
            git.current_dir(&checkout);
            git
        } else {
            // Forced, since a removed `target` leaves the worktree registered.
            let mut git = command("git", &["worktree", "add", "--quiet", "--force", "--detach"]);
            git.arg(&checkout).arg(&commit);
            git
        };
        if !succeeds(&mut git) {
            return Err(format!("git cannot check `{name}` out in {}", checkout.display()));
        }
        let metadata =
            output(&mut in_checkout(&["metadata", "--no-deps", "--format-version", "1"]))
                .ok_or_else(|| format!("cargo cannot read `{name}`"))?;
        Ok(Self { name: name.to_owned(), commit, programs: programs(&metadata)? })
    }

    /// Builds those of the programs that the commit has.
    pub(crate) fn build(&self, programs: &[&str]) -> bool {
        let mut build = in_checkout(&["build", "--release"]);
        let known = || programs.iter().filter_map(|name| self.programs.get_key_value(*name));
        for (program, package) in known() {
            build.args(["--package", package, "--bin", program]);
        }
        known().next().is_none() || succeeds(&mut build)
    }

    /// Checks that the commit has a program.
    ///
    /// # Errors
    /// It has not.
    pub(crate) fn has(&self, program: &str) -> Result<(), String> {
        if self.programs.contains_key(program) {
            Ok(())
        } else {
            Err(format!("{} has no {program}", self.commit))
        }
    }

    /// The name on the command line and the hash.
    pub(crate) fn title(&self) -> String {
        format!("{} ({})", self.name, self.commit)
    }
}

/// A program of the commit that is checked out.
pub(crate) fn built(program: &str) -> PathBuf {
    built_into().join("release").join(program)
}

fn folder() -> PathBuf {
    target().join("bench/against")
}

fn checkout() -> PathBuf {
    folder().join("checkout")
}

fn built_into() -> PathBuf {
    folder().join("target")
}

fn in_checkout(arguments: &[&str]) -> Command {
    let mut cargo = cargo(arguments);
    cargo.current_dir(checkout()).env("CARGO_TARGET_DIR", built_into());
    cargo
}

/// Reads each program and its package from `cargo metadata`.
fn programs(metadata: &str) -> Result<BTreeMap<String, String>, String> {
    let metadata: Metadata = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let programs = metadata.packages.into_iter().flat_map(|Package { name, targets }| {
        let programs = targets.into_iter().filter(|target| target.kind.iter().any(|k| k == "bin"));
        programs.map(move |program| (program.name, name.clone()))
    });
    Ok(programs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_programs_among_targets() {
        let metadata = r#"{ "packages": [{ "name": "bench", "targets": [
            { "kind": ["lib"], "name": "bench" },
            { "kind": ["bin"], "name": "bench-greet" }
        ] }, { "name": "echo", "targets": [{ "kind": ["bin"], "name": "echo" }] }] }"#;
        let programs = programs(metadata).unwrap();
        let expected = [("bench-greet", "bench"), ("echo", "echo")];
        assert!(programs.iter().map(|(a, b)| (a.as_str(), b.as_str())).eq(expected));
        let name = "HEAD~1".to_owned();
        let revision = Revision { name, commit: "0abcdef".to_owned(), programs };
        assert_eq!(revision.has("echo"), Ok(()));
        assert_eq!(revision.has("bench"), Err("0abcdef has no bench".into()));
        assert_eq!(revision.title(), "HEAD~1 (0abcdef)");
    }

    #[test]
    fn refuses_unknown_commits() {
        let error = Revision::check_out("no-such-commit").err().unwrap();
        assert!(error.starts_with("`no-such-commit` is not a commit"), "{error}");
    }
}
