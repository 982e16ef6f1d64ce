//! `docs/template`, built against the published crates.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::command::{cargo, exit_code, root, succeeds, target};
use crate::package::settings;

/// Packages the published crates and builds the template against them.
pub(crate) fn run() -> ExitCode {
    exit_code(settings().map(|settings| template(&settings)))
}

/// Runs the tests of `docs/template` as elsewhere: outside of the workspace,
/// against the published crates as they are packaged.
pub(crate) fn template(settings: &[String]) -> bool {
    let target = target();
    let here = match prepare(&target) {
        Ok(here) => here,
        Err(error) => {
            println!("the template could not be prepared: {error}");
            return false;
        }
    };
    let mut test = cargo(&["test", "--quiet"]);
    test.args(settings.iter().flat_map(|setting| ["--config", setting]));
    test.arg("--manifest-path").arg(here.join("Cargo.toml"));
    // Shared, so that dependencies are not built again.
    test.arg("--target-dir").arg(&target);
    succeeds(&mut test)
}

/// Copies the template, and returns its folder.
fn prepare(target: &Path) -> io::Result<PathBuf> {
    let here = target.join("template");
    if here.exists() {
        fs::remove_dir_all(&here)?;
    }
    copy(&root().join("docs/template"), &here)?;
    // The workspace's choice of versions, which needs no network.
    fs::copy(root().join("Cargo.lock"), here.join("Cargo.lock"))?;
    Ok(here)
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to).map(drop)?;
        }
    }
    Ok(())
}
