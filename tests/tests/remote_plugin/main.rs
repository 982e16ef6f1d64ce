//! Typed clients of other plugins: in a plugin, in an engine, and of one plugin alone.

#![allow(clippy::unwrap_used)]

mod events;
mod methods;
mod profiles;

use std::sync::{Arc, Mutex};

use connector::plugin::{
    Engine, LocalPlugin, Methods, PluginCall, PluginClient, PluginError, PluginOptions,
    RemotePlugin, remote_plugin,
};
use connector::protocol::remix::{Payload, Profile};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// A name and a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    name: String,
    is_folder: bool,
}

/// The plugin of these tests.
#[remote_plugin("files")]
trait Files {
    /// Returns what it was given.
    async fn read_file(&self, path: &str) -> String;

    /// Returns entries of these names.
    async fn list(&self, names: &[&str], folders: bool) -> Vec<Entry>;

    /// Returns a number, which nobody wants to know.
    async fn close_all(&self);

    /// Returns how many arguments came.
    #[method("count")]
    async fn count_options(&self, first: Option<u8>, second: Option<&str>) -> usize;

    /// Returns any value.
    async fn echo<T: Serialize>(&self, value: T, rest: impl Serialize) -> Payload;

    /// Fails with this text.
    async fn fail(&self, text: String) -> u8;

    /// Files that were saved.
    #[event]
    fn file_saved(&self, file: String);

    /// Files that were renamed.
    #[event("renamed")]
    fn file_renamed(&self, old: String, entry: Entry, count: Option<u8>);

    /// The end of the selection.
    #[event]
    fn nothing_selected(&self);
}

fn methods() -> Methods {
    Methods::new()
        .method("readFile", |call: PluginCall| async move { call.arg::<String>(0) })
        .method("list", |call: PluginCall| async move {
            let (names, is_folder): (Vec<String>, bool) = call.args()?;
            Ok(names.into_iter().map(|name| Entry { name, is_folder }).collect::<Vec<_>>())
        })
        .method("closeAll", |_: PluginCall| async { Ok(7) })
        .method("count", |call: PluginCall| async move { Ok(call.payload().values().len()) })
        .method("echo", |call: PluginCall| async move { call.args_from::<Payload>(0) })
        .method("fail", |call: PluginCall| async move {
            Err::<(), _>(PluginError::new(call.arg::<String>(0)?))
        })
}

/// An engine with the plugin, whose own connection comes too.
async fn engine() -> (Engine, PluginClient) {
    let engine = Engine::new();
    let client = activated(&engine, "files", methods()).await;
    (engine, client)
}

/// Activates a plugin with these methods, and returns its connection.
async fn activated(engine: &Engine, name: &str, methods: Methods) -> PluginClient {
    let (methods, client) = with_client(methods);
    engine.register(LocalPlugin::new(Profile::new(name), methods)).unwrap();
    engine.activate(name).await.unwrap();
    client.await.unwrap()
}

/// The methods of a plugin that hands out its connection.
fn with_client(methods: Methods) -> (Methods, oneshot::Receiver<PluginClient>) {
    let (sender, client) = oneshot::channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let methods = methods.activated(move |client| {
        if let Some(sender) = sender.lock().unwrap().take() {
            let _ = sender.send(client);
        }
        async {}
    });
    (methods, client)
}

/// A handle of the plugin alone, under another name.
async fn remote() -> (RemotePlugin, PluginClient) {
    let (methods, client) = with_client(methods());
    let plugin = LocalPlugin::new(Profile::new("other"), methods);
    let remote = RemotePlugin::new(plugin, (), PluginOptions::new());
    remote.connect().await.unwrap();
    (remote, client.await.unwrap())
}
