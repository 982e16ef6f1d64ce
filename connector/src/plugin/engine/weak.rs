//! Handles that do not keep an engine alive.

use std::fmt;
use std::sync::{Arc, Weak};

use tokio_util::sync::DropGuard;

use super::core::Core;
use super::{Engine, PersonGuard};

/// A handle of an engine that does not keep it alive: for [`Permissions`](super::Permissions)
/// and plugins within the program, which belong to the engine. [`Engine::downgrade`] and
/// [`Engine::new_cyclic`] return it.
#[derive(Clone)]
pub struct WeakEngine {
    pub(super) core: Weak<Core>,
    pub(super) stop: Weak<DropGuard>,
}

impl WeakEngine {
    /// Returns the engine, unless its last handle was dropped. Keep the result only as long
    /// as it is needed: it keeps the engine alive.
    pub fn upgrade(&self) -> Option<Engine> {
        let stop = self.stop.upgrade()?;
        Some(Engine { core: self.core.upgrade()?, stop })
    }

    /// Stops clocks like [`Engine::wait_for_person`]. `None` if the engine has ended.
    pub fn wait_for_person(&self, name: &str) -> Option<PersonGuard> {
        Some(self.upgrade()?.wait_for_person(name))
    }
}

impl Engine {
    /// Returns a handle that does not keep the engine alive.
    pub fn downgrade(&self) -> WeakEngine {
        WeakEngine { core: Arc::downgrade(&self.core), stop: Arc::downgrade(&self.stop) }
    }
}

impl fmt::Debug for WeakEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakEngine").finish_non_exhaustive()
    }
}
