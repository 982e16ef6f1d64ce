//! Commands that are run, and where.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where this task was built, and others build and pack.
pub(crate) fn target() -> io::Result<PathBuf> {
    let task = std::env::current_exe()?;
    let target = task.parent().and_then(Path::parent);
    target.map(Path::to_path_buf).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// A command that runs in the workspace's root.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// The cargo that runs this task.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    command(&cargo, arguments)
}

/// Runs it with its output shown; `false` if it failed or is not there.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

/// Runs it with its output shown, and hands every line of its standard output
/// to `line` too.
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

/// What it prints, if it succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a program is there and runs.
pub(crate) fn exists(program: &str) -> bool {
    output(&mut command(program, &["--version"])).is_some()
}

/// Installs packages of the system by apt, where there is one.
pub(crate) fn apt_install(packages: &[&str]) -> bool {
    if !exists("apt-get") {
        return false;
    }
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    // Quietly: hundreds of lines about packages hide what the tests say.
    let quiet = |arguments: &[&str]| {
        let mut apt = command("apt-get", arguments);
        apt.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        apt
    };
    succeeds(&mut quiet(&["update"])) && succeeds(&mut quiet(&install))
}
