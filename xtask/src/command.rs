//! Commands, run in the workspace.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Returns the workspace's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Returns cargo's target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns the path of a program of this workspace, built for release.
pub(crate) fn built(program: &str) -> PathBuf {
    target().join("release").join(program)
}

/// Returns a command that runs in the workspace's root.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// Returns a command of the cargo that runs this task.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = command(&cargo, arguments);
    if std::env::var_os("CI").is_some() {
        // What is compiled once needs no traces for the next time.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Runs a command with its output shown; `false` if it fails or does not exist.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

/// Runs a command with its output shown, and hands every line of its standard
/// output to `line` too.
pub(crate) fn follow(command: &mut Command, mut line: impl FnMut(&str)) -> bool {
    let Ok(mut child) = command.stdout(Stdio::piped()).spawn() else { return false };
    if let Some(stdout) = child.stdout.take() {
        for text in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{text}");
            line(&text);
        }
    }
    child.wait().is_ok_and(|status| status.success())
}

/// Returns the exit code of a check that has passed or not, or that could not be made for the
/// reason that is printed.
pub(crate) fn exit_code(checked: Result<bool, String>) -> ExitCode {
    match checked {
        Ok(passed) => ExitCode::from(u8::from(!passed)),
        Err(missing) => {
            eprintln!("{missing}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the exit code of a measurement, and prints the reason of one that has failed.
pub(crate) fn measured(done: Result<(), String>) -> ExitCode {
    exit_code(done.map(|()| true).map_err(|error| format!("failed: {error}")))
}

/// Returns the standard output of a command, if it succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns how a program is called: by its name, or by its path if it is in /usr/sbin, which is
/// not in everybody's path.
pub(crate) fn installed(program: &str) -> PathBuf {
    let path = Path::new("/usr/sbin").join(program);
    if !program.is_empty() && path.is_file() { path } else { program.into() }
}

/// Checks that a program is installed and runs.
pub(crate) fn exists(program: &str) -> bool {
    output(&mut command(program, &["--version"])).is_some()
}

/// Runs a command with its errors shown.
///
/// # Errors
/// The line of the standard error that says most: the last error, or else the
/// last line.
pub(crate) fn attempt(command: &mut Command) -> Result<(), String> {
    let started = command.stderr(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| error.to_string())?;
    let mut lines = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            eprintln!("{line}");
            lines.push(line);
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err(last_error(&lines).unwrap_or_else(|| format!("it ended with {status}")))
    }
}

/// The beginnings of errors: apt's, pip's, cargo's, and npm's of today and before.
const ERRORS: [&str; 5] = ["E: ", "ERROR: ", "error: ", "npm error ", "npm ERR! "];

fn last_error(lines: &[String]) -> Option<String> {
    let lines = || lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).rev();
    let is_error = |line: &&str| {
        // npm ends with the place of its log, and fills lines with its code alone.
        let detail = ERRORS.iter().find_map(|error| line.strip_prefix(error));
        detail.is_some_and(|detail| detail.contains(' ') && !detail.contains("complete log"))
    };
    lines().find(is_error).or_else(|| lines().next()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> Option<String> {
        last_error(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn finds_the_error_that_says_most() {
        for (text, error) in [
            ("E: Unable to locate package a\n", "E: Unable to locate package a"),
            ("ERROR: No match for a\n\n[notice] Update pip.\n", "ERROR: No match for a"),
            (
                "npm error code E404\nnpm error 404 'a' is not there.\nnpm error 404\n\
                 npm error A complete log of this run can be found in: b\n",
                "npm error 404 'a' is not there.",
            ),
            ("go: downloading a\nmain.go:1:1: expected a\n", "main.go:1:1: expected a"),
        ] {
            assert_eq!(last(text).as_deref(), Some(error));
        }
        assert_eq!(last("\n"), None);
    }

    #[test]
    fn a_failed_command_says_why() {
        assert_eq!(attempt(cargo(&["--version"]).stdout(Stdio::null())), Ok(()));
        let error = attempt(&mut cargo(&["no-such-task"])).unwrap_err();
        assert_eq!(error, "error: no such command: `no-such-task`");
        assert!(attempt(&mut command("no-such-program", &[])).is_err());
    }
}
