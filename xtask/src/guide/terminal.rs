//! The commands of a page, run as they stand there.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::command::{command, installed, succeeds};

/// A terminal, with the programs that keep running until the page ends.
pub(super) struct Terminal {
    running: Vec<Child>,
    patience: Duration,
}

/// What has become of a command that has not failed.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// It has ended, or has printed what it was to print and keeps running.
    Done,
    /// There is no such program, which is not the page's fault.
    NotInstalled(String),
}

impl Terminal {
    /// Creates a terminal whose commands may take so long.
    pub(super) fn new(patience: Duration) -> Self {
        Self { running: Vec::new(), patience }
    }

    /// Runs a command in a folder until it ends, or if it keeps running until it has printed
    /// what the page says.
    ///
    /// # Errors
    /// It fails, ends without having printed that, or takes too long.
    pub(super) fn run(
        &mut self,
        line: &str,
        keeps_running: bool,
        prints: &[String],
        folder: &Path,
    ) -> Result<Outcome, String> {
        let mut words = line.split_whitespace();
        let program = words.next().unwrap_or_default();
        let mut process = Process::new(installed(program));
        process.args(words).current_dir(folder);
        process.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // The folder's settings say where cargo builds.
        process.env_remove("CARGO_TARGET_DIR");
        let mut child = match process.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Outcome::NotInstalled(program.to_owned()));
            }
            child => child.map_err(|error| format!("`{line}`: {error}"))?,
        };
        let printed = Printed { lines: lines(&mut child), until: Instant::now() + self.patience };
        let read = printed.missing(prints).and_then(|missing| {
            if !keeps_running || missing.is_some() {
                // The rest is read, so that it can be written.
                while printed.next()?.is_some() {}
            }
            Ok(missing)
        });
        let Ok(missing) = read else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("`{line}` has not done its work within {:?}", self.patience));
        };
        if keeps_running && missing.is_none() {
            self.running.push(child);
            return Ok(Outcome::Done);
        }
        let ended = child.wait().map_err(|error| format!("`{line}`: {error}"))?;
        match missing {
            _ if !ended.success() => Err(format!("`{line}` ended with {ended}")),
            Some(text) => Err(format!("`{line}` has not printed {text:?}")),
            None => Ok(Outcome::Done),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for child in &mut self.running {
            // As a reader would, so that nginx ends its own processes.
            if !succeeds(&mut command("kill", &["-TERM", &child.id().to_string()])) {
                // One that has ended by itself is as good.
                let _ = child.kill();
            }
            let _ = child.wait();
        }
    }
}

/// Returns the lines that a program prints, as they come. They are shown too.
fn lines(child: &mut Child) -> Receiver<String> {
    let (printed, lines) = channel();
    if let Some(stderr) = child.stderr.take() {
        show(stderr, printed.clone());
    }
    if let Some(stdout) = child.stdout.take() {
        show(stdout, printed);
    }
    lines
}

/// Shows the lines of a stream in a thread, and sends them.
fn show(stream: impl Read + Send + 'static, printed: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            println!("         {line}");
            // Nobody waits for the lines of a program that keeps running.
            let _ = printed.send(line);
        }
    });
}

/// The lines of a program.
struct Printed {
    lines: Receiver<String>,
    /// The end of the time that it has.
    until: Instant,
}

/// The time is up.
struct Late;

impl Printed {
    /// Waits for the next line, if there is one.
    fn next(&self) -> Result<Option<String>, Late> {
        let left = self.until.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(Late),
        }
    }

    /// Reads lines until each of `texts` was in one of them, in their order. Returns the first
    /// that was not.
    fn missing<'a>(&self, texts: &'a [String]) -> Result<Option<&'a String>, Late> {
        for text in texts {
            loop {
                match self.next()? {
                    Some(line) if line.contains(text) => break,
                    Some(_) => {}
                    None => return Ok(Some(text)),
                }
            }
        }
        Ok(None)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(patience: Duration, line: &str, prints: &[&str]) -> Result<Outcome, String> {
        let prints: Vec<_> = prints.iter().map(|&text| text.to_owned()).collect();
        Terminal::new(patience).run(line, false, &prints, Path::new("/"))
    }

    #[test]
    fn a_command_does_what_the_page_says_or_fails() {
        let minute = Duration::from_secs(60);
        assert_eq!(run(minute, "echo one two", &["two"]), Ok(Outcome::Done));
        let error = run(minute, "echo one", &["one", "two"]).unwrap_err();
        assert_eq!(error, "`echo one` has not printed \"two\"");
        assert!(run(minute, "false", &[]).is_err());
        let nowhere = run(minute, "no-such-program", &[]);
        assert_eq!(nowhere, Ok(Outcome::NotInstalled("no-such-program".into())));
    }

    #[test]
    fn a_command_that_does_not_end_fails() {
        let error = run(Duration::from_millis(50), "sleep 600", &["one"]).unwrap_err();
        assert!(error.contains("has not done its work within 50ms"), "{error}");
    }
}
