//! `cargo deny`: licences, bans, sources and advisories of the dependencies.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{attempt, cargo, output, root, succeeds, target};

const VERSION: &str = "0.20.2";

/// An installed cargo-deny.
pub(crate) struct Deny {
    program: PathBuf,
}

impl Deny {
    /// Installs cargo-deny into `target/tools`, unless it is there, and fetches
    /// all crates of `Cargo.lock`, those of other systems included.
    ///
    /// # Errors
    /// The last error of cargo.
    pub(crate) fn install() -> Result<Self, String> {
        let tools = target().join("tools");
        let program = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
        let version = output(Command::new(&program).arg("--version"));
        if version.is_none_or(|version| !version.ends_with(VERSION)) {
            let mut install = cargo(&["install", "cargo-deny", "--locked", "--version", VERSION]);
            // It checks a few hundred crates: compiling it fast matters more than its speed.
            install.arg("--debug").env("CARGO_PROFILE_DEV_DEBUG", "0");
            attempt(install.arg("--root").arg(&tools).args(["--quiet", "--force"]))
                .map_err(|error| format!("cargo cannot install cargo-deny: {error}"))?;
        }
        attempt(&mut cargo(&["fetch", "--locked", "--quiet"]))
            .map_err(|error| format!("cargo cannot fetch every crate of Cargo.lock: {error}"))?;
        Ok(Self { program })
    }

    /// Checks licences, bans and sources.
    pub(crate) fn check(&self) -> bool {
        self.succeeds(&["licenses", "bans", "sources"])
    }

    /// Checks advisories.
    ///
    /// # Errors
    /// The database is not there.
    pub(crate) fn advisories(&self) -> Result<bool, String> {
        let folder = databases().ok_or("cargo's home is not known")?;
        if has_database(&folder) {
            Ok(self.succeeds(&["advisories"]))
        } else {
            Err("the database is not there: `cargo deny fetch db` fetches it".into())
        }
    }

    fn succeeds(&self, checks: &[&str]) -> bool {
        let mut deny = Command::new(&self.program);
        deny.current_dir(root()).args(["--offline", "check"]);
        succeeds(deny.args(checks))
    }
}

/// The folder in which cargo-deny keeps copies of databases.
fn databases() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    Some(home?.join("advisory-dbs"))
}

fn has_database(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().join(".git").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_checkout_in_the_folder() {
        let folder = target().join("tmp/advisory-dbs");
        assert!(!has_database(&folder.join("not-there")));
        std::fs::create_dir_all(folder.join("advisory-db-0/.git")).unwrap();
        assert!(has_database(&folder));
        assert!(!has_database(&folder.join("advisory-db-0")));
    }
}
