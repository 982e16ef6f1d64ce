//! The check that keeps the crates usable in browsers.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::apt;
use crate::command::{attempt, cargo, command, exists, output, root, succeeds};

const TARGET: &str = "wasm32-unknown-unknown";

/// Crates that must compile for browsers, without warnings; the last one as a
/// user's, with generated clients and handlers, and an engine of plugins.
const CRATES: [&str; 3] = ["connector-protocol", "connector-kit", "connector-tests-generated"];

/// `cargo xtask wasm`: the check by itself.
pub(crate) fn run() -> ExitCode {
    match Toolchain::install() {
        Ok(toolchain) if toolchain.check() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(missing) => {
            eprintln!("{missing}");
            ExitCode::FAILURE
        }
    }
}

/// A compiler that has the target.
pub(crate) struct Toolchain {
    /// The sysroot of Debian's compiler; none if the everyday compiler has the
    /// target.
    debian: Option<PathBuf>,
}

impl Toolchain {
    /// Finds a compiler, or installs one beside the everyday one.
    ///
    /// # Errors
    /// The reason that no compiler has the target.
    pub(crate) fn install() -> Result<Self, String> {
        if let Some(libdir) =
            output(&mut command("rustc", &["--print", "target-libdir", "--target", TARGET]))
            && Path::new(&libdir).is_dir()
        {
            return Ok(Self { debian: None });
        }
        if debian_rustc().is_none() {
            apt::install(&["rustc-web", "rust-web-src", "lld-22"]).map_err(missing)?;
        }
        let version = debian_rustc()
            .ok_or_else(|| missing("apt's compiler has no source or linker".into()))?;
        let sysroot = root().join("target/wasm").join(version);
        if !library(&sysroot).is_dir() {
            build_std(&sysroot)?;
        }
        Ok(Self { debian: Some(sysroot) })
    }

    /// Compiles the crates; `true` if all do.
    pub(crate) fn check(&self) -> bool {
        CRATES.iter().all(|name| {
            let mut check = cargo(&["check", "--quiet", "--package", name, "--target", TARGET]);
            let mut flags = "--deny warnings".to_owned();
            if let Some(sysroot) = &self.debian {
                debian(&mut check, sysroot);
                flags.push_str(&format!(" --sysroot {}", sysroot.display()));
            }
            succeeds(check.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags))
        })
    }
}

/// The whole error when apt's compiler cannot be had either.
fn missing(error: String) -> String {
    format!(
        "the compiler has no target {TARGET} (`rustup target add {TARGET}` adds it), and apt \
         cannot install one that has: {error}"
    )
}

/// The version of Debian's compiler, if it is there with its library's source.
fn debian_rustc() -> Option<String> {
    let has_source = Path::new("/usr/lib/rustlib/src/rust/library").is_dir();
    let version = output(&mut command("/usr/bin/rustc", &["--version"])).filter(|_| has_source)?;
    version.split(' ').nth(1).map(str::to_owned).filter(|_| exists("wasm-ld-22"))
}

fn debian(command: &mut Command, sysroot: &Path) {
    command
        .env("RUSTC", "/usr/bin/rustc")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-22")
        // Another compiler, so another place for what it builds.
        .env("CARGO_TARGET_DIR", sysroot.join("target"));
}

fn library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

/// Builds the standard library once, and keeps it as a sysroot of its own.
fn build_std(sysroot: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("the wasm sysroot could not be written: {error}");
    let empty = sysroot.join("empty");
    std::fs::create_dir_all(empty.join("src")).map_err(failed)?;
    std::fs::write(empty.join("src/lib.rs"), "").map_err(failed)?;
    let manifest = "[package]\nname = \"empty\"\nedition = \"2024\"\n[workspace]\n";
    std::fs::write(empty.join("Cargo.toml"), manifest).map_err(failed)?;
    let mut build = cargo(&[
        "build",
        "--quiet",
        "--release",
        "--target",
        TARGET,
        "-Zbuild-std=std,panic_abort,panic_unwind,test,proc_macro",
    ]);
    debian(&mut build, sysroot);
    let target = sysroot.join("std");
    build.current_dir(&empty).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", &target);
    attempt(&mut build)
        .map_err(|error| format!("the standard library cannot be built for wasm: {error}"))?;
    let library = library(sysroot);
    let unfinished = library.with_extension("unfinished");
    std::fs::create_dir_all(&unfinished).map_err(failed)?;
    let built = target.join(TARGET).join("release/deps");
    for file in std::fs::read_dir(built).map_err(failed)?.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty") {
            std::fs::copy(file.path(), unfinished.join(name)).map_err(failed)?;
        }
    }
    std::fs::rename(unfinished, library).map_err(failed)
}
