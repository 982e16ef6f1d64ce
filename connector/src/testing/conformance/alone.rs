//! Tests in a process of their own, in which no other test takes memory or descriptors.

use std::env;
use std::process::{self, Command, Output, Stdio};

use super::Outcome;

/// The environment variable of a process that runs one test.
const VARIABLE: &str = "CONNECTOR_CONFORMANCE_ALONE";
/// What stands before the outcome in the output of such a process.
const MARK: &str = "\nconformance, alone: ";
const PASSED: &str = "passed";
const FAILED: &str = "failed: ";

/// Returns `true` if this process runs one test.
pub(super) fn is_alone() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// Runs a test of this program in another process. `test` is its path, from the name of the
/// crate on. It has failed if the process did not get to its outcome. `None` if the program
/// does not run its tests as `libtest` does.
pub(super) fn run(test: &str) -> Option<Outcome> {
    let (_, name) = test.split_once("::")?;
    let mut program = Command::new(env::current_exe().ok()?);
    program.args([name, "--exact", "--nocapture", "--test-threads=1"]).env(VARIABLE, "1");
    let output = program.stdin(Stdio::null()).output().ok()?;
    parse(&String::from_utf8_lossy(&output.stdout)).or_else(|| broken_off(&output))
}

/// Returns the failure of a process that has ended on its way to an outcome.
fn broken_off(output: &Output) -> Option<Outcome> {
    let status = output.status;
    let said = String::from_utf8_lossy(&output.stderr);
    let failed = || Outcome::Failed(format!("its process ended with {status}: {}", said.trim()));
    (!status.success()).then(failed)
}

/// Tells the process that has started this one about the outcome, and ends.
pub(super) fn report(outcome: &Outcome) -> ! {
    println!("{}", write(outcome));
    process::exit(0)
}

fn write(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed(what) => format!("{MARK}{FAILED}{what}"),
        Outcome::Passed | Outcome::Exempt(_) => format!("{MARK}{PASSED}"),
    }
}

fn parse(output: &str) -> Option<Outcome> {
    let (_, outcome) = output.rsplit_once(MARK)?;
    match outcome.strip_prefix(FAILED) {
        Some(what) => Some(Outcome::Failed(what.trim_end().to_owned())),
        None => outcome.starts_with(PASSED).then_some(Outcome::Passed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_found_in_the_output() {
        for outcome in [Outcome::Passed, Outcome::Failed("two\nlines".into())] {
            let output = format!("\nrunning 1 test\n{}\n", write(&outcome));
            assert_eq!(parse(&output), Some(outcome));
        }
        assert_eq!(parse("\nrunning 0 tests\n"), None);
        assert_eq!(run("no_path"), None);
    }
}
