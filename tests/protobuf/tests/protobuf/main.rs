//! Our protobuf beside that of everybody else.
#![allow(clippy::unwrap_used)]

mod foreign;
mod random;
mod schemas;
#[cfg(suite)]
mod suite;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that answers the requests of the suite.
const TESTEE: &str = env!("CARGO_BIN_EXE_testee");

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs a program to its end, and returns whether it succeeded, with all that it has said.
fn said(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}
