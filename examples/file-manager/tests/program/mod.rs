//! The program, serving an empty directory.
#![allow(dead_code)]

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub(crate) const PATH: &str = env!("CARGO_BIN_EXE_file-manager");

/// A running program. It ends when this is dropped.
pub(crate) struct Program {
    url: String,
    _child: Child,
    temporary: TempDir,
}

impl Program {
    /// Serves a directory, beside which lies the file `secret`.
    pub(crate) async fn start(args: &[&str]) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join("secret"), "secret").unwrap();
        let root = temporary.path().join("served");
        fs::create_dir(&root).unwrap();
        let mut command = Command::new(PATH);
        command.args(["--ws", "0", "--root"]).arg(&root).args(args);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let url = line.strip_prefix("LISTENING ").expect("it says where it listens").to_owned();
        Self { url, _child: child, temporary }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.temporary.path().join("served")
    }
}
