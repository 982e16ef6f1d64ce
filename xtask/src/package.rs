//! The crates that are published.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::command::{cargo, command, succeeds, target};

/// Crates that are published.
const PUBLISHED: [&str; 5] = [
    "connector-protocol",
    "connector-macros",
    "connector-schema",
    "connector-build",
    "connector-kit",
];

/// The published crates that users of the SDK depend on.
const USED: [&str; 3] = ["connector-protocol", "connector-macros", "connector-kit"];

/// Packages every published crate. The build from each package alone is left to
/// releases, since it compiles everything again.
fn package() -> bool {
    let packages = PUBLISHED.iter().flat_map(|name| ["--package", name]);
    let arguments: Vec<&str> = ["package", "--quiet", "--allow-dirty", "--no-verify"]
        .into_iter()
        .chain(packages)
        .collect();
    succeeds(&mut cargo(&arguments))
}

/// The workspace's profile, by which a crate elsewhere shares its dependencies.
pub(crate) const PROFILE: [&str; 1] = ["profile.dev.debug = 'line-tables-only'"];

/// Packages every published crate, and unpacks those that users depend on. Returns the settings
/// of cargo by which a crate elsewhere takes them instead of released ones, and builds all others
/// as the workspace does.
///
/// # Errors
/// A crate cannot be packaged, or there is no `tar`.
pub(crate) fn settings() -> Result<Vec<String>, String> {
    if !package() {
        return Err("cargo package has failed".into());
    }
    let patch = |name: &&str| {
        let package = unpack(name).map_err(|error| format!("{name} was not unpacked: {error}"))?;
        // Literal quotes, so that a path of Windows stays what it is.
        Ok(format!("patch.crates-io.{name}.path = '{}'", package.display()))
    };
    USED.iter().map(patch).chain(PROFILE.map(|setting| Ok(setting.to_owned()))).collect()
}

/// Unpacks a package, and returns its folder.
fn unpack(name: &str) -> io::Result<PathBuf> {
    let package = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
    let packed = target().join("package").join(format!("{package}.crate"));
    let here = target().join("packages");
    let unpacked = here.join(&package);
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    fs::create_dir_all(&here)?;
    // All files are as old as each other in there: by that cargo would not see a change.
    let mut tar = command("tar", &["-xzmf"]);
    if succeeds(tar.arg(&packed).arg("-C").arg(&here)) {
        Ok(unpacked)
    } else {
        Err(io::Error::other(format!("tar cannot unpack {}", packed.display())))
    }
}
