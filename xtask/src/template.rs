//! `docs/template`, built against the published crates.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::command::{cargo, root, succeeds, target};
use crate::package::{package, unpack};

/// The published crates that a connector depends on.
const PACKAGES: [&str; 3] = ["connector-protocol", "connector-macros", "connector-kit"];

/// Packages the published crates and builds the template against them.
pub(crate) fn run() -> ExitCode {
    ExitCode::from(u8::from(!(package() && template())))
}

/// Runs the tests of `docs/template` as elsewhere: outside of the workspace,
/// against the published crates as they are packaged.
pub(crate) fn template() -> bool {
    let target = target();
    let (here, patches) = match prepare(&target) {
        Ok(prepared) => prepared,
        Err(error) => {
            println!("the template could not be prepared: {error}");
            return false;
        }
    };
    let mut test = cargo(&["test", "--quiet"]);
    test.args(patches.iter().flat_map(|patch| ["--config", patch]));
    test.arg("--manifest-path").arg(here.join("Cargo.toml"));
    // Shared, so that dependencies are not built again.
    test.arg("--target-dir").arg(&target);
    succeeds(&mut test)
}

/// Copies the template and unpacks the packages beside it. Returns the folder of
/// the template, and the `--config` options that replace released crates.
fn prepare(target: &Path) -> io::Result<(PathBuf, Vec<String>)> {
    let here = target.join("template/crate");
    let packages = target.join("template/packages");
    if here.exists() {
        fs::remove_dir_all(&here)?;
    }
    copy(&root().join("docs/template"), &here)?;
    // The workspace's choice of versions, which needs no network.
    fs::copy(root().join("Cargo.lock"), here.join("Cargo.lock"))?;
    let patch = |name: &&str| {
        let package = unpack(target, &packages, name)?;
        // Literal quotes, so that a path of Windows stays what it is.
        Ok(format!("patch.crates-io.{name}.path='{}'", package.display()))
    };
    Ok((here, PACKAGES.iter().map(patch).collect::<io::Result<_>>()?))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
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
