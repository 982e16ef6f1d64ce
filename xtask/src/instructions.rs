//! `cargo xtask instructions`: the instructions between a decoded message and its
//! handler, counted by valgrind in `bench-dispatch`.
//!
//! Decoding is compiled into the same function as the dispatch. So all from the session
//! machine's return on is counted, and what decoding takes alone is subtracted.

use std::process::ExitCode;

use crate::command::{built, cargo, command, exists, succeeds, target};

const PROGRAM: &str = "bench-dispatch";
/// The functions at which counting starts and ends.
const DECODE: &str = "bench_dispatch::decode";
const ENTERED: &str = "bench_dispatch::entered";
const HANDLE: &str =
    "<bench_dispatch::CalledSession as connector_protocol::session::Machine>::handle";
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
        let Some(Counts { all, decoding }) = count(route) else {
            eprintln!("valgrind wrote no counts for `{route}`");
            return ExitCode::FAILURE;
        };
        let dispatch = all.saturating_sub(decoding);
        good &= dispatch <= most;
        println!(
            "{route}: {dispatch} instructions, at most {most} are allowed; {decoding} more decode"
        );
    }
    ExitCode::from(u8::from(!good))
}

/// The instructions of one message.
struct Counts {
    /// From the machine's return to the handler.
    all: u64,
    decoding: u64,
}

/// Counts the last message of a run. Those before it have made all that is allocated
/// once.
fn count(route: &str) -> Option<Counts> {
    let folder = target().join("instructions").join(route);
    // What an earlier run has left would be counted too.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).ok()?;
    let mut valgrind = command("valgrind", &["--quiet", "--tool=callgrind"]);
    valgrind.arg(format!("--callgrind-out-file={}", folder.join("dump").display()));
    // A dump starts the counts anew.
    valgrind.args(["before", "after"].map(|when| format!("--dump-{when}={DECODE}")));
    valgrind.arg(format!("--dump-after={HANDLE}")).arg(format!("--dump-before={ENTERED}"));
    if !succeeds(valgrind.arg(built(PROGRAM)).args(["--route", route])) {
        return None;
    }
    let dumps = std::fs::read_dir(&folder).ok()?.flatten().map(|entry| entry.path());
    let numbered = dumps.filter_map(|path| {
        // The one without a number is what came behind the last.
        let number: u64 = path.extension()?.to_str()?.parse().ok()?;
        Some((number, std::fs::read_to_string(path).ok()?))
    });
    let mut dumps: Vec<_> = numbered.collect();
    dumps.sort();
    let last = |trigger: &str| dumps.iter().rev().find_map(|(_, dump)| total(dump, trigger));
    Some(Counts {
        all: last(&format!("--dump-before={ENTERED}"))?,
        decoding: last(&format!("--dump-after={DECODE}"))?,
    })
}

/// Returns the instructions of a dump that was made for this reason.
fn total(dump: &str, trigger: &str) -> Option<u64> {
    let line = |start: &str| dump.lines().find_map(|line| line.strip_prefix(start));
    let made = line("desc: Trigger: ")?;
    let total = line("totals: ")?.parse().ok()?;
    (made.trim() == trigger).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_known_by_its_reason() {
        let dump = "desc: Trigger: --dump-before=main::entered\nevents: Ir\n\ntotals: 11\n";
        assert_eq!(total(dump, "--dump-before=main::entered"), Some(11));
        assert_eq!(total(dump, "--dump-after=main::decode"), None);
    }
}
