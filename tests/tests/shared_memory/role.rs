//! Processes of the tests: this program, which is started again with a part to play.

use std::path::Path;
use std::process::Stdio;

use connector::DialError;
use connector::client::ConnectError;
use connector::transport::{SharedMemoryDialer, Unix};
use connector::{Dial, SharedMemorySocket};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::*;

const ROLE: &str = "CONNECTOR_SHM_ROLE";
const PLACE: &str = "CONNECTOR_SHM_PLACE";

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Serve,
    ServeOthers,
    Dial,
    DialOthers,
}

impl Role {
    const ALL: [Self; 4] = [Self::Serve, Self::ServeOthers, Self::Dial, Self::DialOthers];

    fn name(self) -> String {
        format!("{self:?}")
    }
}

/// A process with a role, which is killed when it is dropped.
pub(crate) struct Process {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    pub(crate) fn start(role: Role, place: &Path) -> Self {
        Self::start_by(&mut Command::new(std::env::current_exe().unwrap()), role, place)
    }

    /// Starts this program by a command that ends with its name.
    pub(crate) fn start_by(command: &mut Command, role: Role, place: &Path) -> Self {
        command.args(["--exact", "role::a_process_plays_its_role", "--nocapture"]);
        command.env(ROLE, role.name()).env(PLACE, place).kill_on_drop(true);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = child.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for a line that begins so, and returns the rest of it.
    pub(crate) async fn says(&mut self, start: &str) -> String {
        comes(start, async {
            loop {
                let line = self.lines.next_line().await.unwrap();
                let line = line.unwrap_or_else(|| panic!("it ended before it said {start}"));
                if let Some((_, rest)) = line.split_once(start) {
                    return rest.trim().to_owned();
                }
            }
        })
        .await
    }

    pub(crate) async fn kill(&mut self) {
        self.child.start_kill().unwrap();
        comes("it is dead", self.child.wait()).await.unwrap();
    }

    /// Ends it in the regular way.
    pub(crate) async fn end(mut self) {
        drop(self.child.stdin.take());
        let status = comes("it ends", self.child.wait()).await.unwrap();
        assert!(status.success(), "{status}");
    }
}

/// A test that does nothing unless it is started as a process of another one.
#[test]
fn a_process_plays_its_role() {
    let Some(role) = std::env::var(ROLE).ok() else { return };
    let role = Role::ALL.into_iter().find(|known| known.name() == role).unwrap();
    let place = PathBuf::from(std::env::var_os(PLACE).unwrap());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        match role {
            Role::Serve | Role::ServeOthers => serve(role, &place).await,
            Role::Dial | Role::DialOthers => dial(role, &place).await,
        }
    });
}

/// Waits for the end of the input.
async fn told() {
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}

async fn serve(role: Role, place: &Path) {
    let mut memory = SharedMemory::new(Unix::from(place).permissions(0o777));
    if role == Role::ServeOthers {
        memory = memory.other_users();
    }
    let server = Server::builder()
        .connector(SharedMemoryConnector::bind(memory))
        .heartbeat(Duration::ZERO)
        .handler(Entry)
        .on_close(|_, reason| println!("END {reason:?}"));
    let server = server.start().await.unwrap();
    println!("READY");
    told().await;
    server.handle().stop().await;
}

async fn dial(role: Role, place: &Path) {
    let mut dialer = SharedMemoryDialer::new();
    if role == Role::DialOthers {
        dialer = dialer.other_users();
    }
    let builder = Client::builder().reconnect(Reconnect::never()).connect_timeout(PATIENCE);
    let url = format!("shm://{}", place.display());
    let client = match builder.connect_by(dialer.socket::<SharedMemorySocket>(), &url).await {
        Ok(client) => client,
        Err(ConnectError::Closed(reason)) => return println!("REFUSED {reason:?}"),
        Err(ConnectError::Dial(DialError::Unreachable { source, .. })) => {
            return println!("UNREACHABLE {source}");
        }
        Err(error) => return println!("FAILED {error:?}"),
    };
    // Large messages in both directions, without an end.
    let talk = async {
        for n in 0_u64.. {
            let text = "x".repeat(300_000 + (n % 7) as usize);
            match client.request::<Json<String>>(ECHO, Json(&text)).await {
                Ok(Json(back)) => assert!(back == text),
                Err(_) => break,
            }
            println!("ECHOED {n}");
        }
    };
    tokio::select! {
        () = talk => println!("END {:?}", client.closed().await),
        () = told() => client.close().await,
    }
    drop(client);
}
