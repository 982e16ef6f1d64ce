//! Shared memory: sessions of both families, other users, peers that mean harm, and processes that
//! are killed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod hostile;
mod killed;
mod role;
mod sessions;
mod users;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::client::Reconnect;
use connector::prelude::*;
use connector::transport::SharedMemory;
use connector::{CloseReason, SharedMemoryConnector};
use serde_json::Value;

/// The time that nothing here takes.
const PATIENCE: Duration = Duration::from_secs(30);
const ECHO: &str = "connector.entryHandler.echo";

/// How long the end of a test waits for files to go.
const SOON: Duration = Duration::from_millis(100);
/// How long it tries to remove what is left.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// Answers, and pushes.
struct Entry;

#[handler("connector.entryHandler")]
impl Entry {
    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }

    /// Pushes so many texts of so many letters.
    #[route]
    async fn push(
        &self,
        session: &Session,
        Json((n, letters)): Json<(usize, usize)>,
    ) -> Result<(), HandlerError> {
        for n in 0..n {
            session.push("onPush", Json((n, "x".repeat(letters))))?;
        }
        Ok(())
    }

    #[route(notify)]
    async fn leave(&self, session: &Session) {
        session.kick("gone");
    }
}

/// A directory that all users may enter, and that is removed with all in it.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("shm-{process}-{next}"));
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    fn socket(&self) -> PathBuf {
        self.0.join("a.sock")
    }

    fn url(&self) -> String {
        format!("shm:{}", self.socket().display())
    }

    /// The directories of memory.
    fn places(&self) -> Vec<PathBuf> {
        let found = std::fs::read_dir(&self.0).unwrap().flatten().map(|file| file.path());
        found.filter(|path| path.extension().is_some_and(|ending| ending == "shm")).collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Places are left on other threads, which may still have files in them.
        let begun = std::time::Instant::now();
        while !self.places().is_empty() && begun.elapsed() < SOON {
            std::thread::sleep(Duration::from_millis(2));
        }
        while std::fs::remove_dir_all(&self.0).is_err() && begun.elapsed() < LONG_ENOUGH {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// The segments of places, of which the names have the same digits.
fn segments(places: &[PathBuf]) -> Vec<PathBuf> {
    let digits = |place: &PathBuf| {
        let name = place.file_name().unwrap().to_str().unwrap().to_owned();
        name.rsplit('.').nth(1).unwrap().to_owned()
    };
    let prefixes: Vec<String> =
        places.iter().map(|place| format!("cn{}_", digits(place))).collect();
    let found = std::fs::read_dir("/dev/shm").unwrap().flatten();
    let names = found.map(|file| file.file_name().into_string().unwrap());
    let ours = names.filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix)));
    ours.map(|name| Path::new("/dev/shm").join(name)).collect()
}

/// A server, and the reasons for which its sessions have ended.
struct Served {
    server: Server,
    directory: Directory,
    reasons: Arc<Mutex<Vec<CloseReason>>>,
}

impl Served {
    async fn start() -> Self {
        Self::with(|memory| memory, |server| server).await
    }

    /// Serves without heartbeats.
    async fn with(
        place: impl FnOnce(SharedMemory) -> SharedMemory,
        options: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let directory = Directory::new();
        let memory = place(SharedMemory::from(directory.socket()));
        let reasons = Arc::<Mutex<Vec<_>>>::default();
        let heard = reasons.clone();
        let builder = Server::builder()
            .connector(SharedMemoryConnector::bind(memory))
            .heartbeat(Duration::ZERO)
            .handler(Entry)
            .on_close(move |_, reason| heard.lock().unwrap().push(reason.clone()));
        Self { server: options(builder).start().await.unwrap(), directory, reasons }
    }

    async fn client(&self) -> Client {
        let builder = Client::builder().reconnect(Reconnect::never());
        builder.connect(&self.directory.url()).await.unwrap()
    }

    /// Waits for the end of a session.
    async fn reason(&self) -> CloseReason {
        until("a session ends", || !self.reasons.lock().unwrap().is_empty()).await;
        self.reasons.lock().unwrap().remove(0)
    }

    fn connections(&self) -> usize {
        self.server.handle().statistics().connections
    }
}

/// Sends a text of so many letters, which comes back.
async fn echoes(client: &Client, letters: usize) {
    let text = "é".repeat(letters / 2);
    let Json(back): Json<String> = client.request(ECHO, Json(&text)).await.unwrap();
    assert!(back == text);
}

/// Waits for something that has to come.
async fn comes<T>(what: &str, future: impl Future<Output = T>) -> T {
    let came = tokio::time::timeout(PATIENCE, future).await;
    came.unwrap_or_else(|_| panic!("it never came that {what}"))
}

/// Waits until something is so; what it waits for has no other sign.
async fn until(what: &str, mut so: impl FnMut() -> bool) {
    comes(what, async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
