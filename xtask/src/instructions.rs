//! `cargo xtask instructions`: the instructions between a decoded message and its
//! handler, counted by valgrind in `bench-dispatch`.

use std::collections::HashMap;
use std::process::ExitCode;

use crate::command::{built, cargo, command, exists, succeeds, target};

const PROGRAM: &str = "bench-dispatch";
/// Forms of routes and of methods, and the most instructions that a dispatch may
/// take.
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
            eprintln!("valgrind wrote no counts for `{route}`");
            return ExitCode::FAILURE;
        };
        good &= count <= most;
        println!("{route}: {count} instructions, at most {most} are allowed");
    }
    ExitCode::from(u8::from(!good))
}

/// Returns the instructions of the last dispatch of a run, without those of the
/// marks. The dispatches before it have made all that is allocated once.
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
    // Otherwise the dump has an unknown form.
    (marks > 0 && marks + others == total).then_some(others)
}

/// Checks that a function is only a mark for the count.
fn is_mark(function: &str) -> bool {
    ["bench_dispatch::decoded", "<bench_dispatch::Marked as "]
        .iter()
        .any(|mark| function.starts_with(mark))
}

/// Returns each piece of a function in callgrind's dump, with its own cost.
/// callgrind writes a name once, and its number from then on.
fn functions(dump: &str) -> impl Iterator<Item = (&str, u64)> {
    let mut names = HashMap::new();
    let mut function = "";
    let mut called = false;
    dump.lines().filter_map(move |line| {
        if let Some((kind @ ("fn" | "cfn"), name)) = line.split_once('=') {
            let (number, name) = name.split_once(' ').unwrap_or((name, ""));
            let name = *names.entry(number).or_insert(name);
            if kind == "fn" {
                function = name;
            }
            return None;
        }
        // The next line is the cost of the call, with all that it calls.
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
