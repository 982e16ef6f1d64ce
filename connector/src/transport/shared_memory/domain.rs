//! The processes that share memory at one place: a server and its clients.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use iceoryx2::config::Config;
use iceoryx2::node::{Node, NodeBuilder, NodeState};
use iceoryx2::prelude::{
    CallbackProgression, FileName, SemanticString, SignalHandlingMode, ipc_threadsafe,
};

use super::files::Place;
use crate::runtime::sleep;

pub(super) type Service = ipc_threadsafe::Service;

/// When it is looked again for what a dead process has left: its socket may end before its locks.
const PAUSES: [u64; 6] = [0, 5, 20, 100, 400, 1_600];

/// This process at a place. The last one that leaves removes its files.
pub(super) struct Domain {
    pub(super) place: Place,
    config: Config,
    /// `None` only while this is dropped.
    node: Mutex<Option<Node<Service>>>,
    /// Processes that have died since the last sweep ended.
    deaths: AtomicUsize,
}

/// Those of this process, so that it is at each place once.
static DOMAINS: Mutex<Vec<Weak<Domain>>> = Mutex::new(Vec::new());

impl Domain {
    /// Makes the place of a server that listens on this socket, and removes what servers that
    /// were killed have left beside it. Blocks.
    pub(super) fn make(socket: &Path) -> io::Result<Arc<Self>> {
        let place = Place::make(socket)?;
        for other in place.others() {
            sweep(&other);
        }
        let made = Self::enter(place.clone()).inspect_err(|_| place.remove())?;
        known().push(Arc::downgrade(&made));
        Ok(made)
    }

    /// Joins the place of a server. Blocks.
    pub(super) fn join(directory: &Path) -> io::Result<Arc<Self>> {
        let mut known = known();
        known.retain(|domain| domain.strong_count() > 0);
        let mut domains = known.iter().filter_map(Weak::upgrade);
        if let Some(domain) = domains.find(|domain| domain.place.directory == directory) {
            return Ok(domain);
        }
        let joined = Self::enter(Place::of_peer(directory)?)?;
        known.push(Arc::downgrade(&joined));
        Ok(joined)
    }

    fn enter(place: Place) -> io::Result<Arc<Self>> {
        let config = config(&place)?;
        let node = NodeBuilder::new()
            .config(&config)
            .signal_handling_mode(SignalHandlingMode::Disabled)
            .create::<Service>()
            .map_err(other)?;
        place.narrow();
        let (node, deaths) = (Mutex::new(Some(node)), AtomicUsize::new(0));
        Ok(Arc::new(Self { place, config, node, deaths }))
    }

    /// Calls something with the node of this process.
    pub(super) fn with<T>(
        &self,
        call: impl FnOnce(&Node<Service>) -> io::Result<T>,
    ) -> io::Result<T> {
        let node = self.node.lock().unwrap_or_else(PoisonError::into_inner);
        call(node.as_ref().ok_or(io::ErrorKind::NotConnected)?)
    }

    /// Removes what a process has left that has just died, in the background.
    pub(super) fn sweep(self: Arc<Self>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.deaths.fetch_add(1, Ordering::AcqRel) > 0 {
            // It is looked for already, and once more behind that.
            return;
        }
        runtime.spawn(async move {
            loop {
                let deaths = self.deaths.load(Ordering::Acquire);
                self.sweep_once().await;
                let done =
                    self.deaths.compare_exchange(deaths, 0, Ordering::AcqRel, Ordering::Acquire);
                if done.is_ok() {
                    return release(self);
                }
            }
        });
    }

    /// Waits until something was removed, or until there is nothing to remove.
    async fn sweep_once(self: &Arc<Self>) {
        for pause in PAUSES {
            sleep(Duration::from_millis(pause)).await;
            let domain = self.clone();
            let swept = tokio::task::spawn_blocking(move || {
                let node = domain.node.lock().unwrap_or_else(PoisonError::into_inner);
                let state = node.as_ref().map(Node::try_cleanup_dead_nodes);
                state.is_none_or(|state| state.cleanups > 0 && state.failed_cleanups == 0)
            });
            if swept.await.unwrap_or(true) {
                return;
            }
        }
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        *self.node.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        // Without the directory nobody finds the others, whoever has removed it.
        if !self.place.directory.exists() || !is_in_use(&self.config) {
            self.place.remove();
        }
    }
}

/// Drops what has files, where blocking is allowed.
pub(super) fn release(dropped: impl Send + 'static) {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(move || drop(dropped))),
        Err(_) => drop(dropped),
    }
}

fn known() -> std::sync::MutexGuard<'static, Vec<Weak<Domain>>> {
    DOMAINS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes a place that no process uses any more.
fn sweep(place: &Place) {
    if config(place).is_ok_and(|config| !is_in_use(&config)) {
        place.remove();
    }
}

/// Returns `true` if there may be a process at the place.
fn is_in_use(config: &Config) -> bool {
    let mut in_use = false;
    let listed = Node::<Service>::list(config, |node| {
        in_use |= !matches!(node, NodeState::Dead(_));
        CallbackProgression::Continue
    });
    in_use || listed.is_err()
}

fn config(place: &Place) -> io::Result<Config> {
    let mut config = Config::default();
    let path = place.directory.as_os_str().as_encoded_bytes();
    config.global.set_root_path(&iceoryx2::prelude::Path::new(path).map_err(other)?);
    config.global.prefix = FileName::new(place.prefix().as_bytes()).map_err(other)?;
    Ok(config)
}

/// Makes an error of one of iceoryx2's.
pub(super) fn other(error: impl std::fmt::Debug) -> io::Error {
    io::Error::other(format!("iceoryx2: {error:?}"))
}
