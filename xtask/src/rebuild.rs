//! The rebuild of `examples/chat` after an edit of one handler.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::command::{cargo, root, succeeds, target};
use crate::template::copy;

/// The longest median of rebuilds.
const LIMIT: Duration = Duration::from_secs(4);
/// Edits that the median is taken of.
const EDITS: usize = 5;

/// The file with the handler.
const FILE: &str = "src/rooms.rs";
/// What is edited in it.
const BEFORE: &str = "a line has 1 to 1000 characters";

/// Builds a copy of the chat, edits a method of its handler again and again, and prints the
/// median of the seconds until its program is there anew. Returns whether the limit holds.
///
/// # Errors
/// The chat does not compile, or its handler is not what is edited.
pub(crate) fn check() -> Result<bool, String> {
    let here = prepare().map_err(|error| format!("the chat could not be copied: {error}"))?;
    let file = here.join(FILE);
    let text = fs::read_to_string(&file).map_err(|error| format!("{FILE}: {error}"))?;
    if !text.contains(BEFORE) {
        return Err(format!("examples/chat/{FILE} lacks {BEFORE:?}, which is edited"));
    }
    build(&here)?;
    let mut times = Vec::new();
    for edit in 0..EDITS {
        let edited = text.replace(BEFORE, &format!("{BEFORE}, by edit {edit}"));
        fs::write(&file, edited).map_err(|error| format!("{FILE}: {error}"))?;
        times.push(build(&here)?);
    }
    times.sort();
    let median = times[EDITS / 2];
    println!(
        "{:.2} s for a rebuild of the chat after an edit of one handler; the limit is {} s",
        median.as_secs_f64(),
        LIMIT.as_secs()
    );
    Ok(median <= LIMIT)
}

fn build(here: &Path) -> Result<Duration, String> {
    let mut build = cargo(&["build", "--quiet"]);
    build.arg("--manifest-path").arg(here.join("Cargo.toml"));
    // Shared, so that dependencies are not built again.
    build.arg("--target-dir").arg(target()).env("CARGO_INCREMENTAL", "1");
    let start = Instant::now();
    if succeeds(&mut build) {
        Ok(start.elapsed())
    } else {
        Err("the copy of the chat does not compile".to_owned())
    }
}

/// Copies the chat out of the workspace, and returns its folder.
fn prepare() -> io::Result<PathBuf> {
    let (root, here) = (root(), target().join("rebuild"));
    if here.exists() {
        fs::remove_dir_all(&here)?;
    }
    copy(&root.join("examples/chat"), &here)?;
    fs::write(here.join("Cargo.toml"), manifest(&root))?;
    // The workspace's choice of versions, which needs no network.
    fs::copy(root.join("Cargo.lock"), here.join("Cargo.lock"))?;
    Ok(here)
}

fn manifest(root: &Path) -> String {
    // Literal quotes, so that a path of Windows stays what it is.
    let path = |folder: &str| format!("path = '{}'", root.join(folder).display());
    format!(
        "[package]\nname = \"chat-rebuilt\"\nedition = \"2024\"\nautotests = false\n\n\
         [workspace]\n\n[dependencies]\n\
         connector = {{ package = \"connector-kit\", {} }}\nminreq = \"3\"\nserde_json = \"1\"\n\
         tokio = {{ version = \"1\", features = [\"io-std\", \"io-util\", \"macros\", \
         \"rt-multi-thread\"] }}\n\n[build-dependencies]\nconnector-build = {{ {} }}\n",
        path("connector"),
        path("connector-build"),
    )
}
