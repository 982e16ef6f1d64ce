//! Packages of the system, where apt is.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::command::{attempt, command, exists, output};

/// The longest wait for a lock of apt's that another program holds.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Held by the thread whose apt runs: another one would find locks, or half of the lists.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Installs packages of the system.
///
/// # Errors
/// apt's own last error, or that there is no apt.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    if !exists("apt-get") {
        return Err("apt-get is not installed".into());
    }
    update()?;
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    while_locked(|| apt_get(&install), pauses())
}

/// Reads the lists of packages anew.
fn update() -> Result<(), String> {
    while_locked(|| apt_get(&["update"]), pauses())
}

/// Pauses for a second, until the time is up.
fn pauses() -> impl FnMut() -> bool {
    let end = Instant::now() + TIMEOUT;
    move || {
        sleep(Duration::from_secs(1));
        Instant::now() < end
    }
}

/// Unpacks packages of another release of Debian into a folder, beside the system and without a
/// change of it.
///
/// # Errors
/// apt's own last error, or that there is no apt.
pub(crate) fn unpack(packages: &[&str], release: &str, folder: &Path) -> Result<(), String> {
    if !exists("apt-get") {
        return Err("apt-get is not installed".into());
    }
    let failed = |error: std::io::Error| error.to_string();
    let _ = std::fs::remove_dir_all(folder);
    let own = folder.join("apt");
    std::fs::create_dir_all(own.join("lists/partial")).map_err(failed)?;
    let key = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let archive = archive()?;
    let source = format!("deb [signed-by={key}] {archive} {release} main\n");
    let list = own.join("sources.list");
    std::fs::write(&list, source).map_err(failed)?;
    let settings = [
        format!("Dir::Etc::sourcelist={}", list.display()),
        "Dir::Etc::sourceparts=-".to_owned(),
        format!("Dir::State::lists={}", own.join("lists").display()),
        "Dir::Cache::pkgcache=".to_owned(),
        "Dir::Cache::srcpkgcache=".to_owned(),
        // Descriptions of programs for shops.
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".to_owned(),
    ];
    let apt = |arguments: &[&str]| {
        let _turn = turn();
        let mut apt = command("apt-get", &[]);
        for setting in &settings {
            apt.args(["-o", setting]);
        }
        apt.args(arguments).env("LC_ALL", "C").current_dir(&own);
        attempt(apt.stdout(Stdio::null()))
    };
    apt(&["update"])?;
    apt(&[&["download"], packages].concat())?;
    for file in std::fs::read_dir(&own).map_err(failed)?.flatten() {
        if file.path().extension().is_some_and(|kind| kind == "deb") {
            let mut unpack = command("dpkg-deb", &["--extract"]);
            attempt(unpack.arg(file.path()).arg(folder))?;
        }
    }
    std::fs::remove_dir_all(own).map_err(failed)
}

/// The address of the archive of Debian's that the system's packages come from.
fn archive() -> Result<String, String> {
    let targets = ["indextargets", "--format", "$(SITE) $(ORIGIN) $(LABEL)"];
    let known = || {
        let _turn = turn();
        output(&mut command("apt-get", &targets)).and_then(|known| archive_of(&known))
    };
    // Lists that were never read have no origin yet.
    known()
        .or_else(|| update().ok().and_then(|()| known()))
        .ok_or_else(|| "apt knows no archive of Debian's".to_owned())
}

/// Finds it among the index files that apt knows, each with its site, origin and label.
fn archive_of(known: &str) -> Option<String> {
    let site = known.lines().find_map(|line| line.strip_suffix(" Debian Debian"))?;
    Some(site.trim_end_matches('/').to_owned())
}

fn apt_get(arguments: &[&str]) -> Result<(), String> {
    let _turn = turn();
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
    fn finds_the_archive_of_the_system() {
        let known = "mirror://security/ Debian Debian-Security\nmirror://main/ Debian Debian\n";
        assert_eq!(archive_of(known).as_deref(), Some("mirror://main"));
        assert_eq!(archive_of("mirror://main/ Ubuntu Ubuntu\n"), None);
        assert_eq!(archive_of(""), None);
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
