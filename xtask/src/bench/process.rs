//! A program on a core, and the processor time that it takes.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::available_parallelism;

use crate::command::exists;

/// The core that servers run on, and the one of the load.
#[derive(Clone, Copy)]
pub(crate) enum Core {
    Load = 0,
    Server = 1,
}

/// A program that runs on this core alone, where that can be chosen.
pub(crate) fn pinned(core: Core, program: impl AsRef<OsStr>) -> Command {
    if !can_pin() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.arg("--cpu-list").arg((core as usize).to_string()).arg(program);
    command
}

/// Checks that server and load can have a core each.
pub(crate) fn can_pin() -> bool {
    exists("taskset") && available_parallelism().is_ok_and(|cores| cores.get() > 1)
}

/// A program that runs until this is dropped.
pub(crate) struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
}

/// The times of each thread.
pub(crate) struct Clock(HashMap<String, Times>);

/// The kernel's counters of a thread, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// On a core.
    pub(crate) running: u64,
    /// Ready to run, while another thread was on the core.
    pub(crate) waiting: u64,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        // The peers end when their input does.
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| error.to_string())?;
        let stdout = child.stdout.take().ok_or("it has no output")?;
        Ok(Self { child, lines: BufReader::new(stdout) })
    }

    /// Reads the next line, which must begin with `word`, and returns what follows.
    pub(crate) fn expect(&mut self, word: &str) -> Result<String, String> {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(0) => Err(format!("it ended without {word}")),
            Ok(_) => match line.trim().strip_prefix(word) {
                Some(rest) => Ok(rest.trim().to_owned()),
                None => Err(format!("it said `{}` instead of {word}", line.trim())),
            },
            Err(error) => Err(error.to_string()),
        }
    }

    /// Sends an empty line, at which the program goes on.
    pub(crate) fn go_on(&mut self) -> Result<(), String> {
        let stdin = self.child.stdin.as_mut().ok_or("it has no input")?;
        stdin.write_all(b"\n").map_err(|error| error.to_string())
    }

    /// Returns the private memory that was written to, in bytes.
    pub(crate) fn memory(&self) -> Result<usize, String> {
        let rollup = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = std::fs::read_to_string(rollup).map_err(|error| error.to_string())?;
        let line = text.lines().find_map(|line| line.strip_prefix("Anonymous:"));
        let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kibibytes.map(|bytes: usize| bytes * 1024).ok_or_else(|| "no memory is told".into())
    }

    /// Reads the times of all threads.
    pub(crate) fn clock(&self) -> Result<Clock, String> {
        let tasks = format!("/proc/{}/task", self.child.id());
        let tasks = std::fs::read_dir(tasks).map_err(|error| error.to_string())?;
        let spent = |task: std::fs::DirEntry| {
            let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            Some((task.file_name().to_string_lossy().into_owned(), Times::parse(&text)?))
        };
        Ok(Clock(tasks.flatten().filter_map(spent).collect()))
    }
}

impl Clock {
    /// The times of all threads together since `before`. A thread that has
    /// ended in between is lost; the servers here keep theirs.
    pub(crate) fn since(&self, before: &Self) -> Times {
        self.0.iter().fold(Times::default(), |sum, (thread, now)| {
            let before = before.0.get(thread).copied().unwrap_or_default();
            Times {
                running: sum.running + now.running.saturating_sub(before.running),
                waiting: sum.waiting + now.waiting.saturating_sub(before.waiting),
            }
        })
    }
}

impl Times {
    /// Reads `/proc/<pid>/task/<thread>/schedstat`: both times, then how often
    /// the thread ran.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split_whitespace().map(str::parse);
        Some(Self { running: numbers.next()?.ok()?, waiting: numbers.next()?.ok()? })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_add_up_and_new_ones_count() {
        let clock = |threads: &[(&str, &str)]| {
            let parse = |&(id, text): &(&str, &str)| Some((id.to_owned(), Times::parse(text)?));
            Clock(threads.iter().filter_map(parse).collect())
        };
        let before = clock(&[("1", "100 7 3\n"), ("2", "50 0 1\n")]);
        let after = clock(&[("1", "130 9 4\n"), ("3", "5 1 1\n")]);
        assert_eq!(after.since(&before), Times { running: 35, waiting: 3 });
    }
}
