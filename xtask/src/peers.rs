//! The released programs that the tests talk to.

use std::process::Command;

use crate::command::{apt_install, command, exists, root, succeeds};

/// Installs the npm packages of `tests/peers`, and Node if it is not there.
///
/// # Errors
/// What could not be installed.
pub(crate) fn install() -> Result<(), String> {
    install_packages("tests/peers")
}

/// Installs the npm packages of a folder, and Node if it is not there.
///
/// # Errors
/// What could not be installed.
pub(crate) fn install_packages(folder: &str) -> Result<(), String> {
    if !exists("node") && !apt_install(&["nodejs"]) {
        return Err("Node.js is not there and could not be installed by apt".into());
    }
    if !exists("npm") && !apt_install(&["npm"]) {
        return Err("npm is not there and could not be installed by apt".into());
    }
    let peers = root().join(folder);
    // npm writes this file last, so it tells whether the lock file has changed
    // since.
    let installed = modified(peers.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(peers.join("package-lock.json")) {
        return Ok(());
    }
    let mut npm: Command = command("npm", &["ci", "--no-progress"]);
    match succeeds(npm.current_dir(peers)) {
        true => Ok(()),
        false => Err(format!("`npm ci` failed in {folder}")),
    }
}

/// Installs the packages of `tests/peers/requirements.txt` for Python, into
/// `target/python`.
///
/// # Errors
/// What could not be installed.
pub(crate) fn install_python() -> Result<(), String> {
    let wanted = root().join("tests/peers/requirements.txt");
    let place = root().join("target/python");
    // A copy of what was installed, written last.
    let installed = place.join("requirements.txt");
    let read = |path| std::fs::read(path).ok();
    if read(&installed).is_some_and(|installed| Some(installed) == read(&wanted)) {
        return Ok(());
    }
    let create = || succeeds(command("python3", &["-m", "venv", "--clear"]).arg(&place));
    let created = create() || apt_install(&["python3", "python3-venv"]) && create();
    if !created {
        return Err("Python 3 is not there with venv and could not be installed by apt".into());
    }
    let mut pip = Command::new(place.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    if !succeeds(pip.arg(&wanted)) {
        return Err("pip failed for tests/peers/requirements.txt".into());
    }
    std::fs::copy(&wanted, &installed).map(drop).map_err(|error| error.to_string())
}

/// Installs Chromium, which drives the pages of examples.
///
/// # Errors
/// What could not be installed.
pub(crate) fn install_browser() -> Result<(), String> {
    let named = std::env::var_os("CHROMIUM").is_some();
    let there = ["chromium", "chromium-browser", "google-chrome"].into_iter().any(exists);
    match named || there || apt_install(&["chromium"]) {
        true => Ok(()),
        false => Err("Chromium is not there and could not be installed by apt".into()),
    }
}

fn modified(path: std::path::PathBuf) -> Option<std::time::SystemTime> {
    path.metadata().ok()?.modified().ok()
}
