//! The engine in a process of its own, and what it says.

pub(crate) mod list;

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A running `remix-engine`.
pub(crate) struct Engine {
    pub(crate) child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    /// The lines that it has written.
    pub(crate) seen: Vec<String>,
}

impl Engine {
    pub(crate) async fn start(plugins: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_remix-engine"));
        command.args(plugins).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let stdin = child.stdin.take().unwrap();
        let mut engine = Self { child, stdin, lines, seen: Vec::new() };
        engine.until("READY").await;
        engine
    }

    pub(crate) async fn line(&mut self) -> String {
        let line = self.lines.next_line().await.unwrap().expect("the engine runs");
        self.seen.push(line.clone());
        line
    }

    /// Waits for a line that begins so, and returns its rest.
    pub(crate) async fn until(&mut self, beginning: &str) -> String {
        loop {
            if let Some(rest) = self.line().await.strip_prefix(beginning) {
                return rest.to_owned();
            }
        }
    }

    pub(crate) async fn say(&mut self, command: &str) {
        self.stdin.write_all(format!("{command}\n").as_bytes()).await.unwrap();
    }

    pub(crate) async fn call(&mut self, plugin: &str, method: &str, args: &str) -> String {
        self.say(&format!("call {plugin} {method} {args}")).await;
        self.until(&format!("{plugin}.{method} ")).await
    }
}
