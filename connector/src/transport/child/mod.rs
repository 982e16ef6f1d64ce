//! Child processes: a program at the other end, over its standard streams or Node's IPC
//! channel.
//!
//! | end | type | stream |
//! |---|---|---|
//! | parent | [`ChildProcess`], a [`Dial`](crate::Dial)er that starts the program | [`ChildStream`] |
//! | child | [`Parent`], a [`Listen`](crate::Listen)er of one connection | [`ParentStream`] |

mod ladder;
mod output;
mod parent;
mod parent_listener;
mod parent_process;
mod stream;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use command_fds::{CommandFdExt, FdMapping};
use connector_protocol::text::escaped;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

pub use parent::ParentStream;
pub use parent_listener::Parent;
pub use stream::ChildStream;

use self::ladder::{Keeper, Ladder};
use self::output::{Lines, OnLine};
use self::stream::Io;
use crate::connector::{Address, Dial, DialError, Peer};
use crate::runtime;

/// The variable that names the descriptor of Node's channel.
const CHANNEL_VARIABLE: &str = "NODE_CHANNEL_FD";
/// The variable that names the format of what it carries.
const MODE_VARIABLE: &str = "NODE_CHANNEL_SERIALIZATION_MODE";
/// The descriptor of Node's channel in a child, as Node itself numbers it.
const CHANNEL: i32 = 3;

/// A program that is started for each connection, and its streams. Needs the feature
/// `child-process`; not on Windows.
///
/// It speaks over its standard input and output, or, with [`ChildProcess::ipc`], over Node's
/// IPC channel. What else it writes is kept apart and logged, see
/// [`ChildProcess::on_line`].
///
/// The program runs in a process group of its own. Its death is noticed at the process, also
/// when a process that it has started holds its output open, and ends the connection with
/// [`CloseReason::Exited`](crate::CloseReason::Exited). A connection that closes ends the
/// program in three steps:
///
/// 1. Its input ends.
/// 2. After [`ChildProcess::exit_wait`] its group gets SIGTERM.
/// 3. After [`ChildProcess::terminate_wait`] its group gets SIGKILL.
///
/// What is left of the group when the program has exited gets the last two steps. When the
/// runtime is dropped, the group gets SIGKILL at once. A parent that is killed itself only
/// ends the input of its children, who must take that as their end, as [`ParentStream`] does.
///
/// A program that may be hostile is not one for this: besides all that a program may do to its
/// machine, `splice` from a socket that is silent to its output lets Linux stop every reader of
/// that pipe, and with it a thread of the runtime, until the program is ended.
///
/// ```
/// use connector::plugin::{DialedPlugin, Engine};
/// use connector::protocol::remix::Profile;
/// use connector::transport::ChildProcess;
///
/// # fn example(engine: &Engine) -> Result<(), connector::plugin::EngineError> {
/// let node = ChildProcess::new("node").arg("git-plugin.js").ipc();
/// engine.register(DialedPlugin::by_lines(Profile::new("git"), node))?;
/// # Ok(())
/// # }
/// ```
///
/// A client of pomelo's protocol takes sockets over it:
///
/// ```
/// use connector::transport::ChildProcess;
/// use connector::{Client, Dial, TcpSocket};
///
/// # async fn example() -> Result<(), connector::client::ConnectError> {
/// let dialer = ChildProcess::new("./game-server").arg("--stdio").socket::<TcpSocket>();
/// let client = Client::builder().connect_by(dialer, "").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ChildProcess {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    ipc: bool,
    ladder: Ladder,
    on_line: OnLine,
}

impl ChildProcess {
    /// Creates a dialer that starts this program, without arguments. A name without a slash
    /// is looked for in `PATH`.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: None,
            ipc: false,
            ladder: Ladder::default(),
            on_line: Arc::new(|line| tracing::info!(line = %escaped(&line), "a child's output")),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets a variable of its environment, which is otherwise this program's.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets its working directory. Default: this program's.
    #[must_use]
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Speaks over Node's IPC channel, as `child_process.fork` does: a socket whose
    /// descriptor is named by `NODE_CHANNEL_FD`, with lines of JSON. Its standard input is
    /// empty then, and its standard output goes to [`ChildProcess::on_line`].
    #[must_use]
    pub fn ipc(mut self) -> Self {
        self.ipc = true;
        self
    }

    /// Sets how long the program may take to exit once its input has ended. Default: 2
    /// seconds.
    #[must_use]
    pub fn exit_wait(mut self, wait: Duration) -> Self {
        self.ladder.exit_wait = wait;
        self
    }

    /// Sets how long the program's group may take to exit after SIGTERM. Default: 2 seconds.
    #[must_use]
    pub fn terminate_wait(mut self, wait: Duration) -> Self {
        self.ladder.terminate_wait = wait;
        self
    }

    /// Sets what happens with each line that the program writes beside the connection: on
    /// its standard error, and with [`ChildProcess::ipc`] on its standard output. A longer
    /// line than 8 KiB comes in pieces. The function must not block. Default: it is logged.
    #[must_use]
    pub fn on_line(mut self, on_line: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_line = Arc::new(on_line);
        self
    }

    fn command(&self) -> Command {
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        // This program's own channel is not for its children.
        command.env_remove(CHANNEL_VARIABLE).env_remove(MODE_VARIABLE);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = Command::from(command);
        command.process_group(0).kill_on_drop(true);
        command
    }

    /// Starts the program. Returns it, its streams, and its channel.
    fn spawn(&self) -> io::Result<(Child, Io)> {
        let mut command = self.command();
        if !self.ipc {
            let mut child = command.stdin(Stdio::piped()).spawn()?;
            let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
            let stdout = stdout.ok_or(io::ErrorKind::NotConnected)?;
            return Ok((child, Io::Standard { stdin, stdout }));
        }
        let (near, far) = std::os::unix::net::UnixStream::pair()?;
        near.set_nonblocking(true)?;
        let near = UnixStream::from_std(near)?;
        let mapping = FdMapping { parent_fd: far.into(), child_fd: CHANNEL };
        let mappings = command.as_std_mut().fd_mappings(vec![mapping]);
        mappings.map_err(io::Error::other)?;
        command.env(CHANNEL_VARIABLE, CHANNEL.to_string()).env(MODE_VARIABLE, "json");
        let child = command.stdin(Stdio::null()).spawn()?;
        // The child's end closes here with the command, so that its death is the end.
        Ok((child, Io::Channel(near)))
    }
}

impl Dial for ChildProcess {
    type Io = ChildStream;

    /// Starts the program. The URL is ignored.
    async fn connect(&self, _: &str) -> Result<(ChildStream, Peer), DialError> {
        let program = self.program.to_string_lossy();
        let failed = |error| DialError::unreachable(format!("the program {program}"), error);
        let (mut child, io) = self.spawn().map_err(failed)?;
        let id = child.id().unwrap_or_default();
        let lines = Lines::of(&mut child, &self.on_line);
        let (keeper, stream) = Keeper::new(child, io, self.ladder, lines);
        runtime::spawn(keeper.run());
        let peer = Peer::new("child", Address::Name(format!("{program} (process {id})")));
        Ok((stream, peer))
    }
}

impl fmt::Debug for ChildProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildProcess")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("ipc", &self.ipc)
            .finish_non_exhaustive()
    }
}
