//! `cargo xtask instructions`: what lies between a decoded message and its
//! handler, counted by valgrind. See `bench-dispatch`, which is what it runs.

use std::process::ExitCode;

use crate::command::{built, cargo, command, exists, succeeds, target};

const PROGRAM: &str = "bench-dispatch";
/// How routes are written, and the most instructions that a dispatch may take.
const ROUTES: [(&str, u64); 3] = [("name", 220), ("names", 220), ("code", 80)];

/// Builds it and counts.
pub(crate) fn run() -> ExitCode {
    if !exists("valgrind") {
        println!("not run: valgrind is not installed");
        return ExitCode::SUCCESS;
    }
    if !succeeds(&mut cargo(&[
        "build",
        "--quiet",
        "--release",
        "--package",
        "bench",
        "--bin",
        PROGRAM,
    ])) {
        return ExitCode::FAILURE;
    }
    let mut good = true;
    for (route, most) in ROUTES {
        let Some(count) = count(route) else {
            eprintln!("valgrind counts nothing");
            return ExitCode::FAILURE;
        };
        good &= count <= most;
        println!("{route}: {count} instructions, {most} may be");
    }
    ExitCode::from(u8::from(!good))
}

/// The instructions of the last dispatch of a run; none of those before it makes
/// anything that stays.
fn count(route: &str) -> Option<u64> {
    let folder = target().join("instructions").join(route);
    // What an earlier run has left would be counted too.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).ok()?;
    let out = format!("--callgrind-out-file={}", folder.join("dump").display());
    let [zero, dump] = [("zero", "decoded"), ("dump", "entered")]
        .map(|(what, function)| format!("--{what}-before=bench_dispatch::{function}*"));
    let mut valgrind = command("valgrind", &["--quiet", "--tool=callgrind", &out, &zero, &dump]);
    let run = succeeds(valgrind.arg(built(PROGRAM)).args(["--route", route]));
    let dumps = std::fs::read_dir(&folder).ok()?.flatten().map(|entry| entry.path());
    // `dump.1` and so on; the one without a number is what came behind the last.
    let number = |path: &std::path::PathBuf| path.extension()?.to_str()?.parse::<u64>().ok();
    let last = dumps.filter_map(|path| Some((number(&path)?, path))).max()?.1;
    let text = std::fs::read_to_string(last).ok().filter(|_| run)?;
    text.lines().find_map(|line| line.strip_prefix("totals: "))?.trim().parse().ok()
}
