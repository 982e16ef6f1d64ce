//! The released programs of `tests/peers`, run beside a test.
//!
//! A program gets a pipe as its stdin, so that it ends when the test does,
//! however the test ends.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use crate::talk::Talking;
#[cfg(unix)]
use connector::transport::ChildProcess;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a program may take to be ready, or to end.
const LIMIT: Duration = Duration::from_secs(180);
/// Set to 1 it says that tests with peers are not to run.
const SKIP: &str = "CONNECTOR_SKIP_PEERS";
/// The same of those in Python.
const SKIP_PYTHON: &str = "CONNECTOR_SKIP_PYTHON";
/// The same of those in Go.
const SKIP_GO: &str = "CONNECTOR_SKIP_GO";

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Peers {
    folder: PathBuf,
    /// What runs them, unless they run by themselves.
    interpreter: Option<PathBuf>,
    /// A variable of their environment.
    variable: Option<(&'static str, PathBuf)>,
}

impl Peers {
    /// The programs, or `None` if the environment says to do without.
    ///
    /// # Panics
    /// Their packages are not installed.
    pub fn find() -> Option<Self> {
        if is_skipped(SKIP) {
            return None;
        }
        let folder = folder();
        assert!(
            folder.join("node_modules").is_dir(),
            "tests/peers/node_modules is missing: run cargo xtask test, which installs the npm \
             peers, or set {SKIP}=1 to do without them"
        );
        Some(Self { folder, interpreter: Some("node".into()), variable: None })
    }

    /// The programs in Python, or `None` if the environment says to do without.
    ///
    /// # Panics
    /// Their packages are not installed.
    pub fn find_python() -> Option<Self> {
        if is_skipped(SKIP_PYTHON) {
            return None;
        }
        let interpreter = folder().join("../../target/python/bin/python");
        assert!(
            interpreter.is_file(),
            "target/python is missing: run cargo xtask test, which installs the Python peers, or \
             set {SKIP_PYTHON}=1 to do without them"
        );
        Some(Self { folder: folder(), interpreter: Some(interpreter), variable: None })
    }

    /// The programs in Go, or `None` if the environment says to do without.
    ///
    /// # Panics
    /// They are not built.
    pub fn find_go() -> Option<Self> {
        if is_skipped(SKIP_GO) {
            return None;
        }
        let folder = folder().join("../../target/go-peers");
        assert!(
            folder.is_dir(),
            "target/go-peers is missing: run cargo xtask test, which builds the Go peers, or set \
             {SKIP_GO}=1 to do without them"
        );
        Some(Self { folder, interpreter: None, variable: None })
    }

    /// Runs them with a variable of the environment that names a file.
    #[must_use]
    pub fn with_env(mut self, name: &'static str, file: PathBuf) -> Self {
        self.variable = Some((name, file));
        self
    }

    /// The program that runs them, for a script or a module of its own.
    ///
    /// # Panics
    /// They run by themselves.
    pub fn interpreter(&self) -> std::process::Command {
        let interpreter = self.interpreter.as_ref().expect("the programs have an interpreter");
        std::process::Command::new(interpreter)
    }

    /// A program that one of their packages has installed beside the interpreter.
    ///
    /// # Panics
    /// They run by themselves.
    pub fn tool(&self, name: &str) -> std::process::Command {
        let interpreter = self.interpreter.as_ref().expect("the programs have an interpreter");
        std::process::Command::new(interpreter.with_file_name(name))
    }

    /// A program that runs to its end, outside of a runtime.
    ///
    /// # Panics
    /// It runs by itself.
    pub fn program(&self, program: &str) -> std::process::Command {
        let mut command = self.interpreter();
        command.arg(self.folder.join(program));
        command
    }

    fn command(&self, program: &str) -> Command {
        let program = self.folder.join(program);
        let Some(interpreter) = &self.interpreter else { return Command::new(program) };
        let mut command = Command::new(interpreter);
        command.arg(program);
        command
    }

    /// Returns a dialer that starts a program as a child (`"pomelo-child.js"`).
    #[cfg(unix)]
    pub fn child(&self, program: &str) -> ChildProcess {
        let command = self.command(program);
        let command = command.as_std();
        ChildProcess::new(command.get_program()).args(command.get_args())
    }

    /// Runs a script in JavaScript, which may require their packages, and returns what it
    /// prints.
    ///
    /// # Panics
    /// It cannot be started, does not end in time, or fails.
    pub async fn run(&self, script: &str) -> String {
        let mut command = Command::new("node");
        command.arg("--eval").arg(script).current_dir(&self.folder).kill_on_drop(true);
        let output = timeout(LIMIT, command.output()).await.expect("the script ends");
        let output = output.expect("node starts: is it installed?");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the script failed\n{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Starts a program that serves (`"remix-plugin.js"`), and waits until it
    /// says `READY <port>`.
    ///
    /// # Panics
    /// It cannot be started, ends, or is not ready in time.
    pub async fn serve(&self, program: &str, args: &[&str]) -> Serving {
        let mut running = Running::start(self, program, args);
        let port = timeout(LIMIT, running.port()).await;
        match port.ok().flatten() {
            Some(port) => Serving { port, running },
            None => panic!("{program} is not ready\n{}", running.output()),
        }
    }

    /// Starts a program that answers each line with a line (`"pomelo-protobuf.js"`).
    ///
    /// # Panics
    /// It cannot be started.
    pub fn talk(&self, program: &str) -> Talking {
        let mut command = self.command(program);
        command.current_dir(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        match command.kill_on_drop(true).spawn() {
            Ok(child) => Talking::new(child),
            Err(error) => panic!("{program} does not start ({error}): is it installed?"),
        }
    }

    /// Runs a program that checks something (`"remix-engine.js"`), to its end.
    ///
    /// # Panics
    /// It cannot be started, does not end in time, or says no summary.
    pub async fn check(&self, program: &str, args: &[&str]) -> Summary {
        let mut running = Running::start(self, program, args);
        let Ok(code) = timeout(LIMIT, running.ended()).await else {
            panic!("{program} does not end\n{}", running.output());
        };
        let output = running.output();
        let lines = output.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
        let summary: Option<Value> = lines.into_iter().find(|line: &Value| line.is_object());
        let count = |name: &str| summary.as_ref().and_then(|summary| summary[name].as_u64());
        match (count("passed"), count("failed")) {
            (Some(passed), Some(failed)) => Summary { code, passed, failed, output },
            _ => panic!("{program} says no summary and ends with {code:?}\n{output}"),
        }
    }
}

/// A program that serves until this is dropped.
#[derive(Debug)]
pub struct Serving {
    port: u16,
    running: Running,
}

impl Serving {
    /// The port of 127.0.0.1 that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has said so far.
    pub fn output(&self) -> String {
        self.running.output()
    }

    /// Its process.
    ///
    /// # Panics
    /// It has ended.
    pub fn id(&self) -> u32 {
        self.running.child.id().expect("it runs")
    }

    /// Kills it, and waits for its end, so that its port is free.
    pub async fn kill(mut self) {
        let _ = self.running.child.kill().await;
    }

    /// Waits until it has said this line.
    ///
    /// # Panics
    /// It does not say it in time.
    pub async fn says(&self, line: &str) {
        let mut lines = self.running.output.lines.subscribe();
        let said = lines.wait_for(|text| text.lines().any(|said| said == line));
        let said = timeout(LIMIT, said).await;
        assert!(said.is_ok(), "{line:?} is not said\n{}", self.output());
    }
}

/// How a program's checks went.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The program's exit code.
    pub code: Option<i32>,
    /// Checks that passed.
    pub passed: u64,
    /// Checks that failed.
    pub failed: u64,
    /// All that it said.
    pub output: String,
}

impl Summary {
    /// The names of the checks that passed.
    pub fn checks(&self) -> BTreeSet<&str> {
        self.output.lines().filter_map(|line| line.strip_prefix("ok ")).collect()
    }

    /// Fails the test unless there were checks, and all passed.
    ///
    /// # Panics
    /// So it does.
    pub fn assert_passed(&self) {
        let Self { code, passed, failed, output } = self;
        assert!(
            *code == Some(0) && *passed > 0 && *failed == 0,
            "{passed} passed, {failed} failed, exit code {code:?}\n{output}"
        );
    }
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// Open as long as it is to run; `Child::wait` would close it.
    _stdin: Option<ChildStdin>,
    output: Output,
    /// Those that read what it says.
    readers: [JoinHandle<()>; 2],
}

impl Running {
    fn start(peers: &Peers, program: &str, args: &[&str]) -> Self {
        let mut command = peers.command(program);
        command.args(args).current_dir(&peers.folder).envs(peers.variable.clone());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.kill_on_drop(true).spawn() {
            Ok(child) => child,
            Err(error) => {
                panic!("{program} does not start ({error}): is what runs it installed?")
            }
        };
        let output = Output::default();
        let (said, complained) = (child.stdout.take(), child.stderr.take());
        let readers = [
            tokio::spawn(output.clone().read(said)),
            tokio::spawn(output.clone().read(complained)),
        ];
        Self { _stdin: child.stdin.take(), child, output, readers }
    }

    /// The port that it is ready on; `None` if it ends before.
    async fn port(&mut self) -> Option<u16> {
        let mut lines = self.output.lines.subscribe();
        let find = |text: &String| text.lines().find_map(port_of).is_some();
        tokio::select! {
            text = lines.wait_for(find) => text.ok()?.lines().find_map(port_of),
            _ = self.child.wait() => None,
        }
    }

    /// Waits for its end and for its last words.
    async fn ended(&mut self) -> Option<i32> {
        let status = self.child.wait().await;
        for reader in &mut self.readers {
            let _ = reader.await;
        }
        status.ok()?.code()
    }

    fn output(&self) -> String {
        self.output.lines.borrow().clone()
    }
}

/// What a program says on both its outputs, line by line.
#[derive(Clone, Debug, Default)]
struct Output {
    lines: Arc<watch::Sender<String>>,
}

impl Output {
    async fn read(self, from: Option<impl AsyncRead + Unpin>) {
        let Some(from) = from else { return };
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            self.lines.send_modify(|text| {
                text.push_str(&line);
                text.push('\n');
            });
        }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// Returns whether this variable of the environment says to do without some tests.
pub(crate) fn is_skipped(variable: &str) -> bool {
    let skipped = std::env::var_os(variable).is_some_and(|value| value == "1");
    if skipped {
        println!("not run, because {variable} is 1");
    }
    skipped
}

fn port_of(line: &str) -> Option<u16> {
    line.strip_prefix("READY ")?.trim().parse().ok()
}
