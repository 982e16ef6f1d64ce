//! The programs of mosquitto, an MQTT broker.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::peer::is_skipped;

/// Set to 1 it says that tests with mosquitto are not to run.
const SKIP: &str = "CONNECTOR_SKIP_BROKER";
/// Where systems install programs.
const PLACES: [&str; 4] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// A program of mosquitto's, or `None` if the environment says to do without.
///
/// # Panics
/// It is not installed.
pub fn mosquitto(program: &str) -> Option<Command> {
    if is_skipped(SKIP) {
        return None;
    }
    let path = PLACES.iter().map(|place| Path::new(place).join(program)).find(|path| path.exists());
    let path = path.unwrap_or_else(|| {
        panic!(
            "{program} is missing: run cargo xtask test, which installs it, or set {SKIP}=1 to do \
             without it"
        )
    });
    let mut command = Command::new(path);
    command.stdin(Stdio::null()).kill_on_drop(true);
    Some(command)
}
