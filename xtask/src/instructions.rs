//! `cargo xtask instructions`: what lies between a decoded message and its
//! handler, counted by valgrind. See `bench-dispatch`, which is what it runs.

use std::collections::HashMap;
use std::process::ExitCode;

use crate::command::{built, cargo, command, exists, succeeds, target};

const PROGRAM: &str = "bench-dispatch";
/// How routes are written and what they lead to, and the most instructions that a
/// dispatch may take.
const ROUTES: [(&str, u64); 5] =
    [("name", 220), ("names", 220), ("code", 80), ("plain-name", 70), ("plain-code", 70)];

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

/// The instructions of the last dispatch of a run, without those of the marks;
/// none of the dispatches before it makes anything that stays.
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
    let total: u64 = text.lines().find_map(|line| line.strip_prefix("totals: "))?.parse().ok()?;
    let [marks, others] = functions(&text).fold([0, 0], |[marks, others], (name, cost)| {
        if is_mark(name) { [marks + cost, others] } else { [marks, others + cost] }
    });
    // Else the dump has another form than is read here.
    (marks > 0 && marks + others == total).then_some(others)
}

/// Whether a function is there only to be counted from.
fn is_mark(function: &str) -> bool {
    ["bench_dispatch::decoded", "<bench_dispatch::Marked as "]
        .iter()
        .any(|mark| function.starts_with(mark))
}

/// Each piece of a function in a dump of callgrind, and what it costs by itself.
/// A name is written once and is a number behind that.
fn functions(dump: &str) -> impl Iterator<Item = (&str, u64)> {
    let mut names = HashMap::new();
    let (mut function, mut called) = ("", false);
    dump.lines().filter_map(move |line| {
        if let Some((kind @ ("fn" | "cfn"), name)) = line.split_once('=') {
            let (number, name) = name.split_once(' ').unwrap_or((name, ""));
            let name = *names.entry(number).or_insert(name);
            if kind == "fn" {
                function = name;
            }
            return None;
        }
        // What a call costs, with all that it calls, stands in the next line.
        let calls = std::mem::replace(&mut called, line.starts_with("calls="));
        let (place, cost) = line.split_once(' ').filter(|_| !calls)?;
        let is_place = place.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c));
        Some((function, cost.parse().ok().filter(|_| is_place)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_counts_once() {
        let dump = "events: Ir\nsummary: 9\n\nfn=(1) one\n279 3\n+4 1\ncfn=(2) other\n\
                    calls=1 10\n* 5\nfi=(3)\n-2 1\nfn=(2)\n10 4\n\nfn=(1)\n7 2\n\ntotals: 11\n";
        let found: Vec<_> = functions(dump).collect();
        assert_eq!(found, [("one", 3), ("one", 1), ("one", 1), ("other", 4), ("one", 2)]);
    }
}
