//! Packages of the system, where apt is.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::command::{attempt, command, exists};

/// The longest wait for a lock of apt's that another program holds.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Installs packages of the system.
///
/// # Errors
/// apt's own last error, or that there is no apt.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    if !exists("apt-get") {
        return Err("apt-get is not installed".into());
    }
    let end = Instant::now() + TIMEOUT;
    let pause = || {
        sleep(Duration::from_secs(1));
        Instant::now() < end
    };
    while_locked(|| apt_get(&["update"]), pause)?;
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    while_locked(|| apt_get(&install), pause)
}

fn apt_get(arguments: &[&str]) -> Result<(), String> {
    // This waits for dpkg's lock alone, not for those of the lists and archives.
    let timeout = format!("DPkg::Lock::Timeout={}", TIMEOUT.as_secs());
    let mut apt = command("apt-get", &["-o", &timeout]);
    apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C");
    // Quietly: hundreds of lines about packages hide the results of the tests.
    attempt(apt.stdout(Stdio::null()))
}

/// Attempts again after each pause while another program holds a lock; `pause`
/// returns `false` when the time is up.
fn while_locked(
    mut attempt: impl FnMut() -> Result<(), String>,
    mut pause: impl FnMut() -> bool,
) -> Result<(), String> {
    loop {
        let result = attempt();
        let is_locked = result.as_ref().is_err_and(|error| {
            ["Could not get lock", "Unable to lock"].iter().any(|text| error.contains(text))
        });
        if !is_locked || !pause() {
            return result;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKED: &str = "E: Unable to lock directory /var/lib/apt/lists/";

    /// Attempts until `results` are used up, with so many pauses.
    fn results(results: &[Result<(), &str>], mut pauses: usize) -> (Result<(), String>, usize) {
        let mut attempts = 0;
        let attempt = || {
            attempts += 1;
            results[attempts - 1].map_err(str::to_owned)
        };
        let pause = || {
            pauses = pauses.saturating_sub(1);
            pauses > 0
        };
        let result = while_locked(attempt, pause);
        (result, attempts)
    }

    #[test]
    fn waits_for_the_lock() {
        assert_eq!(results(&[Err(LOCKED), Err(LOCKED), Ok(())], 9), (Ok(()), 3));
    }

    #[test]
    fn waits_for_a_limited_time() {
        assert_eq!(results(&[Err(LOCKED), Err(LOCKED)], 2), (Err(LOCKED.into()), 2));
    }

    #[test]
    fn returns_other_errors_at_once() {
        let error = "E: Unable to locate package nodejs";
        assert_eq!(results(&[Err(error)], 9), (Err(error.into()), 1));
    }
}
