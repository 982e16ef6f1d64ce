//! The released programs that the tests talk to.

use std::path::Path;
use std::process::Command;

use crate::apt;
use crate::command::{attempt, command, exists, installed, output, root};

/// Installs the npm packages of `tests/peers`, and Node if it is not there.
///
/// # Errors
/// The program that is not installed, and the reason.
pub(crate) fn install() -> Result<(), String> {
    install_packages("tests/peers")
}

/// Installs the npm packages of a folder, and Node if it is not there.
///
/// # Errors
/// The program that is not installed, and the reason.
pub(crate) fn install_packages(folder: &str) -> Result<(), String> {
    if !exists("node") {
        install_system("Node.js", &["nodejs"])?;
    }
    if !exists("npm") {
        install_system("npm", &["npm"])?;
    }
    let peers = root().join(folder);
    // npm writes this file last, so it is newer than the lock file unless that has
    // changed since.
    let installed = modified(peers.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(peers.join("package-lock.json")) {
        return Ok(());
    }
    let mut npm: Command = command("npm", &["ci", "--no-progress"]);
    attempt(npm.current_dir(peers)).map_err(|error| format!("`npm ci` in {folder}: {error}"))
}

/// Installs the packages of `tests/peers/requirements.txt` for Python, into
/// `target/python`.
///
/// # Errors
/// The program that is not installed, and the reason.
pub(crate) fn install_python() -> Result<(), String> {
    let wanted = root().join("tests/peers/requirements.txt");
    let place = root().join("target/python");
    // A copy of what was installed, written last.
    let installed = place.join("requirements.txt");
    let read = |path| std::fs::read(path).ok();
    if read(&installed).is_some_and(|installed| Some(installed) == read(&wanted)) {
        return Ok(());
    }
    let create = || attempt(command("python3", &["-m", "venv", "--clear"]).arg(&place));
    if create().is_err() {
        install_system("Python 3 with venv", &["python3", "python3-venv"])?;
        create().map_err(|error| format!("`python3 -m venv`: {error}"))?;
    }
    let mut pip = Command::new(place.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    attempt(pip.arg(&wanted))
        .map_err(|error| format!("pip for tests/peers/requirements.txt: {error}"))?;
    std::fs::copy(&wanted, &installed).map(drop).map_err(|error| error.to_string())
}

/// Builds the Go programs of `tests/peers/go` into `target/go-peers` of the checkout, where
/// tests look for them wherever cargo builds, if Go is installed.
///
/// # Errors
/// That Go is not installed, or what it says.
pub(crate) fn build_go() -> Result<(), String> {
    build_go_programs("tests/peers/go", "./...", &root().join("target/go-peers"))
}

/// Builds the programs of a Go module's packages, where Go is installed. `into` is a program,
/// or a folder if there are several.
///
/// # Errors
/// That Go is not installed, or what it says.
pub(crate) fn build_go_programs(folder: &str, packages: &str, into: &Path) -> Result<(), String> {
    // Where its own installer puts it, which is not in everybody's path.
    let places = ["go", "/usr/local/go/bin/go"];
    let mut found =
        places.into_iter().filter(|go| output(&mut command(go, &["version"])).is_some());
    let go = found.next().ok_or("Go is not installed")?;
    if packages != "." {
        std::fs::create_dir_all(into).map_err(|error| error.to_string())?;
    }
    let mut build = command(go, &["build", "-o"]);
    build.arg(into).arg(packages).current_dir(root().join(folder));
    attempt(&mut build).map_err(|error| format!("`go build` in {folder}: {error}"))
}

/// Installs Chromium, which drives the pages of examples.
///
/// # Errors
/// The program that is not installed, and the reason.
pub(crate) fn install_browser() -> Result<(), String> {
    let named = std::env::var_os("CHROMIUM").is_some();
    let there = ["chromium", "chromium-browser", "google-chrome"].into_iter().any(exists);
    if named || there {
        return Ok(());
    }
    install_system("Chromium", &["chromium"])
}

/// Installs the proxies that tests put in front of a server, and openssl.
///
/// # Errors
/// The programs that are not installed, and the reason.
pub(crate) fn install_proxies() -> Result<(), String> {
    install_programs(&[
        ("openssl", "openssl"),
        ("nginx", "nginx-light"),
        ("../lib/nginx/modules/ngx_stream_module.so", "libnginx-mod-stream"),
        ("haproxy", "haproxy"),
    ])
}

/// Installs mosquitto, an MQTT broker, and its clients.
///
/// # Errors
/// The programs that are not installed, and the reason.
pub(crate) fn install_broker() -> Result<(), String> {
    install_programs(&[("mosquitto", "mosquitto"), ("mosquitto_pub", "mosquitto-clients")])
}

/// Installs the system's packages of those programs that are not there.
fn install_programs(packages: &[(&str, &str)]) -> Result<(), String> {
    let there = |program: &str| exists(program) || installed(program).is_absolute();
    let missing = packages.iter().filter(|(program, _)| !there(program));
    let missing: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if missing.is_empty() { Ok(()) } else { install_system(&missing.join(", "), &missing) }
}

/// Installs packages of the system for a program that is not there.
fn install_system(program: &str, packages: &[&str]) -> Result<(), String> {
    apt::install(packages)
        .map_err(|error| format!("{program} is not installed, and apt cannot install it: {error}"))
}

fn modified(path: std::path::PathBuf) -> Option<std::time::SystemTime> {
    path.metadata().ok()?.modified().ok()
}
