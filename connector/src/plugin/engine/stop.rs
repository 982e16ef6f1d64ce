//! The graceful end of an engine.

use std::time::Duration;

use futures_util::future::join_all;

use super::Engine;
use super::manager::MANAGER;
use crate::plugin::RemotePlugin;
use crate::runtime::timeout;

impl Engine {
    /// Stops the engine gracefully, and for good: plugins are not activated any more, and
    /// further calls are refused, except those that a plugin makes for a call that it runs.
    /// Calls that run or wait have the time `grace` to end, and are answered. Then all plugins
    /// are deactivated, and their connections closed. Returns `false` if calls had to be failed,
    /// since they took longer.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use connector::plugin::Engine;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let engine = Engine::new();
    /// assert!(engine.stop(Duration::from_secs(10)).await);
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, calls are refused, and plugins may stay
    /// active until the engine is dropped.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.core.update(|state| state.is_stopping = true);
        let drained = timeout(grace, async {
            self.core.drained.cancelled().await;
            // Their last calls were answered by the engine, and not yet on the wire.
            let remotes = self.remotes();
            join_all(remotes.iter().map(RemotePlugin::finish)).await;
        });
        let in_time = drained.await.is_some();
        let names: Vec<_> = self.profiles().into_iter().map(|profile| profile.name).collect();
        let plugins = names.iter().filter(|name| *name != MANAGER);
        join_all(plugins.map(|name| self.core.deactivate(name))).await;
        self.core.deactivate(MANAGER).await;
        in_time
    }

    fn remotes(&self) -> Vec<RemotePlugin> {
        let state = self.core.state();
        state.plugins.values().map(|hosted| hosted.remote.clone()).collect()
    }
}
