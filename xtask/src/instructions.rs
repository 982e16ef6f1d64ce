//! `cargo xtask instructions`: what lies between a decoded message and its
//! handler, counted by valgrind. See `bench-dispatch`, which is what it runs.

use std::process::ExitCode;

use crate::command::{built, cargo, command, exists, succeeds};

const PROGRAM: &str = "bench-dispatch";
/// Pairs of messages.
const PAIRS: u64 = 10_000;
/// How routes are written, which messages of the one run are none in the other,
/// how many of a pair that is, and the most instructions that one may take.
const ROUTES: [(&str, &str, u64, u64); 3] =
    [("name", "half", 1, 220), ("names", "all", 2, 220), ("code", "all", 2, 80)];

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
    for (route, dropped, of_two, most) in ROUTES {
        let (Some(with), Some(without)) = (count(route, "none"), count(route, dropped)) else {
            eprintln!("valgrind counts nothing");
            return ExitCode::FAILURE;
        };
        let each = with.saturating_sub(without) / (PAIRS * of_two);
        good &= each <= most;
        println!("{route}: {each} instructions, {most} may be");
    }
    ExitCode::from(u8::from(!good))
}

/// All instructions of a run.
fn count(route: &str, dropped: &str) -> Option<u64> {
    let program = built(PROGRAM);
    let pairs = PAIRS.to_string();
    let mut valgrind = command("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(program).args(["--route", route, "--dropped", dropped, "--pairs", &pairs]);
    let said = valgrind.output().ok().filter(|output| output.status.success())?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let line = said.lines().find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}
