//! Programs that answer each line with a line.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

/// A program that answers each line with a line, until this is dropped.
#[derive(Debug)]
pub struct Talking {
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    /// Killed when it is dropped.
    _child: Child,
}

impl Talking {
    /// Takes the pipes of a program that was started.
    ///
    /// # Panics
    /// It has none.
    pub(crate) fn new(mut child: Child) -> Self {
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            panic!("the program has no pipes")
        };
        Self { stdin, lines: BufReader::new(stdout).lines(), _child: child }
    }

    /// Says a line, and returns the answer.
    ///
    /// # Panics
    /// The program has ended.
    pub async fn ask(&mut self, line: &str) -> String {
        let said = self.stdin.write_all(format!("{line}\n").as_bytes()).await;
        assert!(said.is_ok(), "the program does not read {line}");
        match self.lines.next_line().await {
            Ok(Some(answer)) => answer,
            ended => panic!("no answer but {ended:?} to {line}"),
        }
    }
}
