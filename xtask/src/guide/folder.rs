//! The folder in which a page is followed.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use crate::command::root;

/// The ports of the page, which others may use on this machine.
const PORTS: [&str; 2] = ["3010", "8080"];

/// A folder outside of the workspace, which is removed in the end. Cargo finds its settings
/// there, so that the page's commands run as they are.
pub(crate) struct Folder {
    place: PathBuf,
    /// Where the reader is.
    here: PathBuf,
    /// What the page says, and what is said here.
    changes: Vec<(&'static str, String)>,
    dependencies: Dependencies,
}

/// The dependencies of the page's crates.
pub(crate) enum Dependencies {
    /// Those of this checkout, which are built in this folder, and not again.
    Shared(PathBuf),
    /// The newest ones, all built anew.
    Newest,
}

impl Folder {
    /// Makes the folder, in which cargo has these settings.
    pub(super) fn new(settings: &[String], dependencies: Dependencies) -> io::Result<Self> {
        let place = std::env::temp_dir().join(format!("connector-guide-{}", std::process::id()));
        let cargo = place.join(".cargo");
        let folder = Self { here: place.clone(), place, changes: ports()?, dependencies };
        fs::create_dir_all(&cargo)?;
        let target = match &folder.dependencies {
            Dependencies::Shared(target) => target.clone(),
            Dependencies::Newest => folder.place.join("target"),
        };
        // Literal quotes, so that a path of Windows stays what it is.
        let target = format!("build.target-dir = '{}'\n", target.display());
        fs::write(cargo.join("config.toml"), target + &settings.join("\n"))?;
        Ok(folder)
    }

    /// Says something else than the page, here and in what follows.
    pub(super) fn change(mut self, page: &'static str, here: String) -> Self {
        self.changes.push((page, here));
        self
    }

    /// Returns the folder in which commands run.
    pub(crate) fn here(&self) -> &Path {
        &self.here
    }

    /// Returns a text of the page as it is said here, with ports that are free.
    pub(super) fn localized(&self, text: &str) -> String {
        let changes = self.changes.iter();
        changes.fold(text.to_owned(), |text, (page, here)| text.replace(page, here))
    }

    /// Writes a file.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<(), String> {
        let file = self.here.join(path);
        let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
        let written = folder.and_then(|()| fs::write(&file, self.localized(text)));
        written.map_err(|error| format!("{path}: {error}"))
    }

    /// Enters the folder of a new crate, which gets the workspace's choice of versions.
    pub(super) fn enter(&mut self, name: &str) -> Result<(), String> {
        self.here.push(name);
        let lock = "Cargo.lock";
        let copied = match self.dependencies {
            Dependencies::Shared(_) => fs::copy(root().join(lock), self.here.join(lock)).map(drop),
            Dependencies::Newest => Ok(()),
        };
        copied.map_err(|error| format!("{name}: {error}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is in a folder for what is temporary.
        let _ = fs::remove_dir_all(&self.place);
    }
}

/// Returns a free port for each of the page.
fn ports() -> io::Result<Vec<(&'static str, String)>> {
    // All are held until all are known, so that they differ.
    let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let held = PORTS.map(|port| free().map(|listener| (port, listener)));
    let held: Vec<_> = held.into_iter().collect::<io::Result<_>>()?;
    let port = |(port, listener): &(&'static str, TcpListener)| {
        Ok((*port, listener.local_addr()?.port().to_string()))
    };
    held.iter().map(port).collect()
}
