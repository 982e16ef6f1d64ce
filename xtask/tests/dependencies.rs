//! The workspace's rules for its dependencies: exact lower bounds, and a small
//! default tree.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The most crates of others in the default tree of `connector-kit`.
const MOST: usize = 64;

/// Manifests that `cargo metadata` reads: the workspace's, and the one of the
/// crate outside of it.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "fuzz/cargo-fuzz/Cargo.toml"];

#[test]
fn requirements_are_exact_lower_bounds() {
    let mut loose = Vec::new();
    for manifest in MANIFESTS {
        let metadata = cargo(&[
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
            "--manifest-path",
            manifest,
        ]);
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        for package in metadata["packages"].as_array().unwrap() {
            for dependency in package["dependencies"].as_array().unwrap() {
                let requirement = dependency["req"].as_str().unwrap();
                // One of ours that is never published needs no version.
                let is_path = dependency["path"].is_string() && requirement == "*";
                if !is_path && !is_exact(requirement) {
                    loose.push(format!(
                        "{} requires {} {requirement}",
                        package["name"], dependency["name"]
                    ));
                }
            }
        }
    }
    assert!(
        loose.is_empty(),
        "write the version of Cargo.lock with three numbers, as in \"1.12.1\":\n{}",
        loose.join("\n")
    );
}

#[test]
fn an_exact_requirement_has_three_numbers() {
    for exact in ["^1.12.1", "=0.1.0", ">=1.2.3, <2.0.0", "^1.0.0-rc.1"] {
        assert!(is_exact(exact), "{exact}");
    }
    for loose in ["*", "^1", "^1.12", "1.2.*", ">=1.2.3, <2", ""] {
        assert!(!is_exact(loose), "{loose}");
    }
}

#[test]
fn the_default_tree_is_small() {
    let tree = cargo(&[
        "tree",
        "--package",
        "connector-kit",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--offline",
        "--locked",
    ]);
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("connector-kit"), "cargo tree has another form: {tree}");
    let others: Vec<_> = names.into_iter().filter(|name| !name.starts_with("connector-")).collect();
    assert!(
        others.len() <= MOST,
        "connector-kit has {} crates of others by default, {MOST} are allowed:\n{}",
        others.len(),
        others.join("\n")
    );
}

/// Runs cargo in the workspace's root.
fn cargo(arguments: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let root = root.expect("xtask has a folder around it");
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root).output();
    let output = output.expect("cargo runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {}: {error}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

/// Checks that each part of a requirement has three numbers.
fn is_exact(requirement: &str) -> bool {
    requirement.split(',').all(|part| {
        let version = part.trim().trim_start_matches(['^', '=', '~', '<', '>', ' ']);
        let release = version.split('-').next().unwrap_or_default();
        let numbers: Vec<_> = release.split('.').map(str::parse::<u64>).collect();
        numbers.len() == 3 && numbers.iter().all(Result::is_ok)
    })
}
