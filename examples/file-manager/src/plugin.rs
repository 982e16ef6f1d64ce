//! The plugin's methods and events.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector::plugin::{CallError, PluginClient, PluginError, plugin};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, broadcast};
use tokio::task::spawn_blocking;

use crate::error::FileError;
use crate::root::{Entry, Root};
use crate::tree::Change;

/// The sets of changes that may wait for one engine. There are ten in a second at most.
const CHANGES: usize = 64;

/// The plugin. All engines see the same directory.
pub(crate) struct FileManager {
    root: Arc<Root>,
    /// One operation runs at a time, in the order of the calls. So nobody reads half a file.
    turn: Arc<Mutex<()>>,
    changes: broadcast::Sender<Arc<[Change]>>,
}

/// Serves a directory, in the shapes of Remix's own file manager.
#[plugin(
    name = "fileManager",
    display_name = "File manager",
    kind = "file-system",
    version = env!("CARGO_PKG_VERSION"),
    events("fileAdded"(&str), "fileChanged"(&str), "fileRemoved"(&str))
)]
impl FileManager {
    /// Returns the entries of a directory by their paths.
    #[method]
    async fn list(&self, path: String) -> Result<BTreeMap<String, Entry>, PluginError> {
        self.run(move |root| root.list(&path)).await
    }

    #[method]
    async fn read_file(&self, path: String) -> Result<String, PluginError> {
        self.run(move |root| root.read(&path)).await
    }

    #[method]
    async fn exists(&self, path: String) -> Result<bool, PluginError> {
        self.run(move |root| root.exists(&path)).await
    }

    #[method]
    async fn is_directory(&self, path: String) -> Result<bool, PluginError> {
        self.run(move |root| root.is_directory(&path)).await
    }

    #[method]
    async fn write_file(&self, path: String, text: String) -> Result<(), PluginError> {
        self.run(move |root| root.write(&path, &text)).await
    }

    #[method]
    async fn mkdir(&self, path: String) -> Result<(), PluginError> {
        self.run(move |root| root.make_directory(&path)).await
    }

    #[method]
    async fn remove(&self, path: String) -> Result<(), PluginError> {
        self.run(move |root| root.remove(&path)).await
    }

    #[method]
    async fn rename(&self, old: String, new: String) -> Result<(), PluginError> {
        self.run(move |root| root.rename(&old, &new)).await
    }

    #[on_activation]
    fn activated(&self, client: &PluginClient) {
        tokio::spawn(Self::report(client.clone(), self.changes.subscribe()));
    }
}

impl FileManager {
    pub(crate) fn new(root: Arc<Root>) -> Self {
        Self { root, turn: Arc::default(), changes: broadcast::Sender::new(CHANGES) }
    }

    /// Returns what tells all engines of changes.
    pub(crate) fn reporter(&self) -> impl Fn(Vec<Change>) + Send + 'static {
        let changes = self.changes.clone();
        move |set| {
            // Nobody may be there to hear.
            let _ = changes.send(set.into());
        }
    }

    /// Runs an operation where it keeps nobody else waiting.
    async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Root) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, PluginError> {
        let root = self.root.clone();
        let turn = self.turn.clone().lock_owned().await;
        let operated = spawn_blocking(move || {
            // Also if nobody waits for the answer any more.
            let _turn = turn;
            operation(&root)
        });
        Ok(operated.await??)
    }

    /// Tells an engine of changes, until its connection ends.
    async fn report(client: PluginClient, mut changes: broadcast::Receiver<Arc<[Change]>>) {
        loop {
            let changes = tokio::select! {
                _ = client.closed() => return,
                received = changes.recv() => received,
            };
            match changes {
                Ok(changes) => {
                    if changes.iter().try_for_each(|change| Self::emit(&client, change)).is_err() {
                        return;
                    }
                }
                Err(RecvError::Lagged(sets)) => {
                    eprintln!("file-manager: an engine missed {sets} sets of changes");
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn emit(client: &PluginClient, change: &Change) -> Result<(), CallError> {
        match change {
            Change::Added(path) => Self::emit_file_added(client, path),
            Change::Changed(path) => Self::emit_file_changed(client, path),
            Change::Removed(path) => Self::emit_file_removed(client, path),
        }
    }
}
