//! Runs targets with the seeded mutator: see `cargo xtask fuzz --help`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use clap::Parser;
use fuzz::{Failure, Fuzzer, TARGETS, Target, corpus, found};

/// Damages inputs of decoders, and says what does not hold then.
#[derive(Parser)]
#[command(name = "fuzz")]
struct Arguments {
    /// How long each target runs.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Where the row of damages begins; another one at each run by default.
    #[arg(long)]
    seed: Option<u64>,
    /// Runs nothing, and writes what the targets begin with here instead.
    #[arg(long, value_name = "FOLDER")]
    write_corpus: Option<PathBuf>,
    /// Which ones; all by default.
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
            eprintln!("no target {name}: there are {}", known.join(", "));
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
    // Who runs the targets next needs their names.
    println!("{}", target.name);
    written.is_ok()
}

fn report(target: &Target, failure: &Failure) {
    println!("{}", failure.message);
    let digits: String = failure.input.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("input: {digits}");
    match found::keep(target.name, &failure.input) {
        Ok(file) => println!("kept in {}", file.display()),
        Err(error) => println!("it cannot be kept: {error}"),
    }
}
