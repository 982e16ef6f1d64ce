//! The crates that are published.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::command::{cargo, command, succeeds};

/// Crates that are published.
const PUBLISHED: [&str; 5] = [
    "connector-protocol",
    "connector-macros",
    "connector-schema",
    "connector-build",
    "connector-kit",
];

/// Packages every published crate. The build from each package alone is left to
/// releases, since it compiles everything again.
pub(crate) fn package() -> bool {
    let packages = PUBLISHED.iter().flat_map(|name| ["--package", name]);
    let arguments: Vec<&str> = ["package", "--quiet", "--allow-dirty", "--no-verify"]
        .into_iter()
        .chain(packages)
        .collect();
    succeeds(&mut cargo(&arguments))
}

/// Unpacks a package below `here`, and returns its folder.
///
/// # Errors
/// It was not packaged, or there is no `tar`.
pub(crate) fn unpack(target: &Path, here: &Path, name: &str) -> io::Result<PathBuf> {
    let package = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
    let packed = target.join("package").join(format!("{package}.crate"));
    let unpacked = here.join(&package);
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    fs::create_dir_all(here)?;
    let mut tar = command("tar", &["-xzf"]);
    if succeeds(tar.arg(&packed).arg("-C").arg(here)) {
        Ok(unpacked)
    } else {
        Err(io::Error::other(format!("tar cannot unpack {}", packed.display())))
    }
}
