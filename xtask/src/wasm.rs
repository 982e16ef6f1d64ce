//! The check that keeps the crates usable in browsers, and the modules that run there.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::command::{attempt, exit_code, succeeds};
use crate::cross::{Compiler, Target};

/// Built with Debian's compiler, and its linker.
pub(crate) const TARGET: Target = Target {
    name: "wasm32-unknown-unknown",
    packages: &["rustc-web", "rust-web-src", "lld-22"],
    tool: "wasm-ld-22",
    links: true,
    folder: "wasm",
};

/// Crates that must compile for browsers, without warnings; the last one as a
/// user's, with generated clients and handlers, and an engine of plugins.
const CRATES: [&str; 3] = ["connector-protocol", "connector-kit", "connector-tests-generated"];

/// `cargo xtask wasm`: the check by itself.
pub(crate) fn run() -> ExitCode {
    exit_code(TARGET.install().map(|compiler| check(&compiler)))
}

/// Checks the crates; `true` if all compile.
pub(crate) fn check(compiler: &Compiler) -> bool {
    CRATES.iter().all(|name| succeeds(&mut compiler.cargo(&["check", "--package", name])))
}

/// How a module is built.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    /// Quickly.
    Dev,
    /// For the network.
    Small,
}

/// Builds a package, whose warnings are errors, and returns its module.
///
/// # Errors
/// What the compiler says last.
pub(crate) fn build(
    compiler: &Compiler,
    package: &str,
    profile: Profile,
) -> Result<PathBuf, String> {
    let (profile, folder) = match profile {
        Profile::Dev => ("dev", "debug"),
        Profile::Small => ("small", "small"),
    };
    let mut build = compiler.cargo(&["build", "--package", package, "--profile", profile]);
    attempt(&mut build).map_err(|error| format!("{package} for browsers: {error}"))?;
    let module = format!("{}.wasm", package.replace('-', "_"));
    Ok(compiler.built().join(folder).join(module))
}
