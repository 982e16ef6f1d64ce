//! `cargo xtask fuzz`: damaged bytes for every decoder.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;

use crate::command::{cargo, exists, output, root, succeeds, target};

/// Flags that count branches and comparisons for libFuzzer. A stable compiler
/// has them all; the sanitizers, which it has not, matter little in code without
/// `unsafe`.
const COUNTED: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// The targets, and the length of their runs.
#[derive(Args)]
pub(crate) struct Options {
    /// Seconds of each target.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Seed of the damages. Default: the current time.
    #[arg(long)]
    seed: Option<u64>,
    /// Runs libFuzzer, which looks for inputs that reach new code. It needs a C++
    /// compiler.
    #[arg(long)]
    guided: bool,
    /// Names of targets. Default: all of them.
    targets: Vec<String>,
}

/// Runs the targets.
pub(crate) fn run(options: &Options) -> ExitCode {
    let held = if options.guided { guided(options) } else { seeded(options) };
    ExitCode::from(u8::from(!held))
}

/// Runs every target for this many seconds; `true` if all of them hold.
pub(crate) fn all(seconds: u64) -> bool {
    seeded(&Options { seconds, seed: None, guided: false, targets: Vec::new() })
}

fn seeded(options: &Options) -> bool {
    let mut run = fuzz();
    run.args(["--seconds", &options.seconds.to_string()]);
    if let Some(seed) = options.seed {
        run.args(["--seed", &seed.to_string()]);
    }
    succeeds(run.args(&options.targets))
}

fn guided(options: &Options) -> bool {
    if !["c++", "g++", "clang++"].into_iter().any(exists) {
        eprintln!("libFuzzer needs a C++ compiler: install one, as by `apt-get install g++`");
        return false;
    }
    let folder = target().join("fuzz-corpus");
    let names = output(fuzz().arg("--write-corpus").arg(&folder).args(&options.targets));
    let (Some(names), Some(program)) = (names, build()) else { return false };
    let mut held = true;
    for name in names.lines() {
        println!("== {name}");
        held &= succeeds(&mut libfuzzer(&program, name, &folder, options));
    }
    held
}

/// Returns the command of the seeded mutator.
fn fuzz() -> Command {
    cargo(&["run", "--quiet", "--profile", "fuzz", "--package", "fuzz", "--"])
}

/// Builds the program with libFuzzer, and returns its path.
fn build() -> Option<PathBuf> {
    let host = output(cargo(&["-vV"]).env_remove("RUSTFLAGS"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: "))?.to_owned();
    let target = target().join("fuzz-guided");
    // With a target named, build scripts are built without these flags.
    let mut build = cargo(&["build", "--quiet", "--release", "--target", &host]);
    build.env("RUSTFLAGS", COUNTED).env("CARGO_TARGET_DIR", &target);
    build.current_dir(root().join("fuzz/cargo-fuzz"));
    succeeds(&mut build).then(|| target.join(host).join("release/any"))
}

fn libfuzzer(program: &Path, name: &str, folder: &Path, options: &Options) -> Command {
    let found = root().join("fuzz/found").join(name);
    // It keeps what fails in there, but makes no folder.
    let _ = std::fs::create_dir_all(&found);
    let mut run = Command::new(program);
    run.env("FUZZ_TARGET", name).arg(folder.join(name));
    run.arg(format!("-dict={}", folder.join(name).with_extension("dict").display()));
    run.arg(format!("-artifact_prefix={}/", found.display()));
    run.arg(format!("-max_total_time={}", options.seconds));
    run.arg(format!("-seed={}", options.seed.unwrap_or_default()));
    run.args(["-max_len=4096", "-timeout=5", "-print_final_stats=1", "-verbosity=0"]);
    run
}
