//! The report of `cargo xtask test`.

use std::process::ExitCode;
use std::time::Instant;

/// The checks that passed, failed and did not run.
pub(crate) struct Report {
    passed: usize,
    failed: Vec<String>,
    missing: Vec<String>,
    /// The end of the last step.
    since: Instant,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { passed: 0, failed: Vec::new(), missing: Vec::new(), since: Instant::now() }
    }

    /// Counts and prints one check, with the seconds since the last one.
    pub(crate) fn check(&mut self, name: &str, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed.push(name.to_owned());
        }
        self.step(name, if passed { "ok" } else { "FAILED" });
    }

    /// Prints a step that is not a check.
    pub(crate) fn step(&mut self, name: &str, outcome: &str) {
        let seconds = self.since.elapsed().as_secs();
        println!("== {name}: {outcome}, {seconds} s");
        self.since = Instant::now();
    }

    /// Reads a line of a cargo test run.
    pub(crate) fn line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(name) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failed.push(name.to_owned());
        } else if line.starts_with("test result:") {
            self.passed += counted(line, "passed");
        }
    }

    /// Records a program that is not installed, and the checks that do not run
    /// without it. That is a failure in CI, where everything can be installed.
    pub(crate) fn missing(&mut self, what: &str) {
        self.missing.push(what.to_owned());
    }

    /// Prints the last lines of the task.
    pub(crate) fn finish(mut self) -> ExitCode {
        let in_ci = std::env::var_os("CI").is_some();
        for missing in &self.missing {
            println!("not run: {missing}");
        }
        if in_ci {
            self.failed.append(&mut self.missing);
        }
        for failed in &self.failed {
            println!("failed: {failed}");
        }
        println!("{} passed, {} failed", self.passed, self.failed.len());
        ExitCode::from(u8::from(!self.failed.is_empty()))
    }
}

/// Returns the number before a word of cargo's `test result` line.
fn counted(line: &str, word: &str) -> usize {
    let words: Vec<&str> = line.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
    let at = words.iter().position(|&found| found == word);
    at.and_then(|at| words.get(at.wrapping_sub(1))?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cargos_results() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured";
        assert_eq!((counted(line, "passed"), counted(line, "failed")), (12, 3));
        assert_eq!(counted("test result: ok", "passed"), 0);
    }
}
