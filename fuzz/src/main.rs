//! Runs targets with the seeded mutator: see `cargo xtask fuzz --help`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use clap::Parser;
use fuzz::{Failure, Fuzzer, TARGETS, Target, corpus, found};

/// Damages the inputs of decoders, and reports the inputs that fail.
#[derive(Parser)]
#[command(name = "fuzz")]
struct Arguments {
    /// Seconds of each target.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Seed of the damages. Default: the current time.
    #[arg(long)]
    seed: Option<u64>,
    /// Writes the seeds and tokens of the targets to this folder, and runs nothing.
    #[arg(long, value_name = "FOLDER")]
    write_corpus: Option<PathBuf>,
    /// Names of targets. Default: all of them.
    targets: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    });
    let mut chosen = Vec::new();
    for name in &arguments.targets {
        let Some(target) = Target::find(name) else {
            let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            eprintln!("`{name}` is not a target: choose from {}", known.join(", "));
            return ExitCode::FAILURE;
        };
        chosen.push(target);
    }
    if chosen.is_empty() {
        chosen.extend(TARGETS);
    }
    let mut held = true;
    for target in chosen {
        held &= match &arguments.write_corpus {
            Some(folder) => write_corpus(target, folder),
            None => run(target, seed, Duration::from_secs(arguments.seconds)),
        };
    }
    ExitCode::from(u8::from(!held))
}

fn run(target: &'static Target, seed: u64, time: Duration) -> bool {
    let start = Instant::now();
    let mut fuzzer = Fuzzer::new(target, seed);
    let outcome = fuzzer.run(|_| start.elapsed() >= time);
    let (name, runs, seconds) = (target.name, fuzzer.runs(), start.elapsed().as_secs());
    match outcome {
        Ok(()) => {
            println!("{name}: {runs} inputs in {seconds} s, seed {seed}: ok");
            true
        }
        Err(failure) => {
            println!("{name}: FAILED at input {runs}, seed {seed}");
            report(target, &failure);
            false
        }
    }
}

fn write_corpus(target: &Target, folder: &Path) -> bool {
    let written = corpus::write(target, folder);
    if let Err(error) = &written {
        eprintln!("{}: {error}", folder.display());
    }
    // `cargo xtask fuzz --guided` reads the names.
    println!("{}", target.name);
    written.is_ok()
}

fn report(target: &Target, failure: &Failure) {
    println!("{}", failure.message);
    let digits: String = failure.input.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("input: {digits}");
    match found::keep(target.name, &failure.input) {
        Ok(file) => println!("kept in {}", file.display()),
        Err(error) => println!("the input cannot be kept: {error}"),
    }
}
