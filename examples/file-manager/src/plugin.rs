//! The plugin's methods and events.

use std::pin::Pin;
use std::sync::Arc;

use connector::plugin::{Methods, PluginCall, PluginClient, PluginError};
use serde::de::DeserializeOwned;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, broadcast};
use tokio::task::spawn_blocking;

use crate::error::FileError;
use crate::root::Root;
use crate::tree::Change;

/// Returns the methods, in the shapes of Remix's `fileManager`. Every engine hears of the
/// changes.
pub(crate) fn methods(root: Arc<Root>, changes: broadcast::Sender<Arc<[Change]>>) -> Methods {
    let files = Files { root, turn: Arc::default() };
    Methods::new()
        .method("list", files.method(|root, (path,): (String,)| root.list(&path)))
        .method("readFile", files.method(|root, (path,): (String,)| root.read(&path)))
        .method("exists", files.method(|root, (path,): (String,)| root.exists(&path)))
        .method("isDirectory", files.method(|root, (path,): (String,)| root.is_directory(&path)))
        .method(
            "writeFile",
            files.method(|root, (path, text): (String, String)| root.write(&path, &text)),
        )
        .method("mkdir", files.method(|root, (path,): (String,)| root.make_directory(&path)))
        .method("remove", files.method(|root, (path,): (String,)| root.remove(&path)))
        .method(
            "rename",
            files.method(|root, (from, to): (String, String)| root.rename(&from, &to)),
        )
        .activated(move |client| {
            let changes = changes.subscribe();
            async { drop(tokio::spawn(emit(client, changes))) }
        })
}

struct Files {
    root: Arc<Root>,
    /// One operation runs at a time, in the order of the calls. So nobody reads half a file.
    turn: Arc<Mutex<()>>,
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, PluginError>> + Send>>;

impl Files {
    fn method<A, T>(
        &self,
        operation: fn(&Root, A) -> Result<T, FileError>,
    ) -> impl Fn(PluginCall) -> Answer<T> + Send + Sync + use<A, T>
    where
        A: DeserializeOwned + Send + 'static,
        T: Send + 'static,
    {
        let (root, turn) = (self.root.clone(), self.turn.clone());
        move |call| {
            let (root, turn) = (root.clone(), turn.clone());
            Box::pin(async move {
                let args = call.args()?;
                let turn = turn.lock_owned().await;
                let operated = spawn_blocking(move || {
                    let _turn = turn;
                    operation(&root, args)
                });
                Ok(operated.await??)
            })
        }
    }
}

/// Tells an engine what changes, until its connection ends.
async fn emit(client: PluginClient, mut changes: broadcast::Receiver<Arc<[Change]>>) {
    loop {
        let changes = tokio::select! {
            _ = client.closed() => return,
            received = changes.recv() => match received {
                Ok(changes) => changes,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
        };
        for change in changes.iter() {
            let (event, path) = match change {
                Change::Added(path) => ("fileAdded", path),
                Change::Changed(path) => ("fileChanged", path),
                Change::Removed(path) => ("fileRemoved", path),
            };
            if client.emit(event, (path,)).is_err() {
                return;
            }
        }
    }
}
