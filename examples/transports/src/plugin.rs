//! The plugin: it greets, and tells everybody whom.

use connector::plugin::{CallError, Engine, PluginClient, plugin, remote_plugin};

use crate::Error;

/// The plugin's own side.
#[derive(Debug)]
pub struct Greeter;

/// Greets.
#[plugin(name = "greeter", events("greeted"))]
impl Greeter {
    #[method]
    fn greet(&self, client: &PluginClient, name: String) -> Result<String, CallError> {
        Self::emit_greeted(client, (&name,))?;
        Ok(format!("welcome, {name}"))
    }
}

/// The engine's side of it.
#[remote_plugin("greeter")]
trait RemoteGreeter {
    async fn greet(&self, name: String) -> String;

    #[event]
    fn greeted(&self, name: String);
}

/// What an engine has been told.
#[derive(Debug, PartialEq, Eq)]
pub struct Greeted {
    /// The answer to the call.
    pub welcome: String,
    /// Whom the event named.
    pub heard: String,
}

/// Has an engine call the plugin, and hear its event.
///
/// # Errors
/// Returns the error of the call or of the event.
pub async fn greet(engine: &Engine, name: &str) -> Result<Greeted, Error> {
    engine.activate("greeter").await?;
    let greeter = RemoteGreeter::new(engine);
    let mut greeted = greeter.greeted();
    let welcome = greeter.greet(name.to_owned()).await?;
    let heard = greeted.next().await.ok_or("the connection ended before the event")??;
    Ok(Greeted { welcome, heard })
}
