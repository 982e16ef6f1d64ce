//! The machine of a run, and the versions of its programs.

use std::collections::BTreeMap;
use std::fs::read_to_string;

use serde::Serialize;

use super::process::can_pin;
use super::revision::Revision;
use crate::command::{command, output, root};

/// The machine of a run.
#[derive(Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    /// Server and load had a core each.
    pinned: bool,
    kernel: String,
    rustc: String,
    commit: String,
    /// The commit of `--against`.
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<String>,
}

impl Machine {
    pub(crate) fn here() -> Self {
        let said = |program, arguments: &[&str]| {
            output(&mut command(program, arguments)).unwrap_or_default()
        };
        Self {
            processor: processor().unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            pinned: can_pin(),
            kernel: said("uname", &["-sr"]),
            rustc: said("rustc", &["--version"]),
            commit: said("git", &["describe", "--always", "--dirty"]),
            against: None,
        }
    }

    /// The same run, which compares with a commit.
    #[must_use]
    pub(crate) fn against(self, revision: &Revision) -> Self {
        Self { against: Some(revision.title()), ..self }
    }

    /// Describes the machine in a line.
    pub(crate) fn line(&self) -> String {
        let Self { processor, cores, kernel, rustc, commit, .. } = self;
        format!("{processor}, {cores} cores, {kernel}, {rustc}, commit {commit}")
    }
}

/// Returns the versions of the compared programs, by name.
pub(crate) fn versions() -> BTreeMap<&'static str, String> {
    let crates = ["mio", "socketioxide", "tokio", "tokio-tungstenite"];
    let mut versions: BTreeMap<_, _> =
        crates.into_iter().filter_map(|name| Some((name, locked(name)?))).collect();
    let said = |program, argument| output(&mut command(program, &[argument]));
    let manifests = [
        ("pomelo", npm("tests/peers", "pomelo")),
        ("ws", npm("bench/peers/ws", "ws")),
        ("socket.io", npm("bench/peers/socketio", "socket.io")),
        ("aedes", npm("bench/peers/aedes", "aedes")),
        ("pitaya", required("pitaya", "github.com/topfreegames/pitaya/v3")),
        ("nano", required("nano", "github.com/lonng/nano")),
        ("node", said("node", "--version")),
        ("go", said("go", "version")),
    ];
    versions.extend(manifests.into_iter().filter_map(|(name, version)| Some((name, version?))));
    versions
}

fn processor() -> Option<String> {
    let facts = read_to_string("/proc/cpuinfo").ok()?;
    let line = facts.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(": ").map(|(_, name)| name.to_owned())
}

/// A crate's version in `Cargo.lock`.
fn locked(name: &str) -> Option<String> {
    let lock = read_to_string(root().join("Cargo.lock")).ok()?;
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next().map(str::to_owned)
}

/// A package's version in a folder's `package.json`, which names exact ones.
fn npm(folder: &str, name: &str) -> Option<String> {
    let manifest = read_to_string(root().join(folder).join("package.json")).ok()?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest).ok()?;
    manifest["dependencies"][name].as_str().map(str::to_owned)
}

/// A module's version in a peer's `go.mod`.
fn required(peer: &str, module: &str) -> Option<String> {
    let manifest = read_to_string(root().join("bench/peers").join(peer).join("go.mod")).ok()?;
    let (_, rest) = manifest.split_once(&format!("{module} "))?;
    rest.split_whitespace().next().map(str::to_owned)
}
