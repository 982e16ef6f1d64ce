//! The folder in which a page is followed.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use crate::command::{root, target};

/// The ports of the page, which others may use on this machine.
const PORTS: [&str; 2] = ["3010", "8080"];

/// A folder outside of the workspace, which is removed in the end. Cargo finds its settings
/// there, so that the page's commands run as they are.
pub(super) struct Folder {
    place: PathBuf,
    /// Where the reader is.
    here: PathBuf,
    /// Those of the page, and those that are free.
    ports: Vec<(&'static str, String)>,
    /// Whether cargo chooses the versions of dependencies.
    fresh: bool,
}

impl Folder {
    /// Makes the folder, in which cargo has these settings.
    pub(super) fn new(settings: &[String], fresh: bool) -> io::Result<Self> {
        let place = std::env::temp_dir().join(format!("connector-guide-{}", std::process::id()));
        let cargo = place.join(".cargo");
        let folder = Self { here: place.clone(), place, ports: ports()?, fresh };
        fs::create_dir_all(&cargo)?;
        // Shared, so that dependencies are not built again.
        let target = if fresh { folder.place.join("target") } else { target() };
        // Literal quotes, so that a path of Windows stays what it is.
        let target = format!("build.target-dir = '{}'\n", target.display());
        fs::write(cargo.join("config.toml"), target + &settings.join("\n"))?;
        Ok(folder)
    }

    /// Returns the folder in which commands run.
    pub(super) fn here(&self) -> &Path {
        &self.here
    }

    /// Returns a text of the page with ports that are free on this machine.
    pub(super) fn localized(&self, text: &str) -> String {
        let ports = self.ports.iter();
        ports.fold(text.to_owned(), |text, (port, free)| text.replace(port, free))
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
        let copied =
            if self.fresh { Ok(0) } else { fs::copy(root().join(lock), self.here.join(lock)) };
        copied.map(drop).map_err(|error| format!("{name}: {error}"))
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
