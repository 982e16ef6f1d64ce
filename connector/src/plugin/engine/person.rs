//! Calls whose clocks stand still, since they wait for a person.

use std::fmt;
use std::sync::Arc;

use connector_protocol::remix::{EngineSession, Ticket};
use futures_util::FutureExt;

use super::core::Core;
use super::manager::MANAGER;
use crate::runtime::BoxFuture;

/// A guard while which the clocks of some calls stand still, see
/// [`Engine::wait_for_person`](super::Engine::wait_for_person). It does not keep the engine
/// alive.
#[must_use = "the clocks go on when it is dropped"]
pub struct PersonGuard {
    core: Arc<Core>,
    calls: Vec<Ticket>,
}

impl PersonGuard {
    /// Stops the clocks of these calls, and of those that wait for them.
    pub(super) fn new(core: &Arc<Core>, calls: impl FnOnce(&EngineSession) -> Vec<Ticket>) -> Self {
        let now = core.now();
        let calls = core.update(|state| {
            let calls = calls(&state.session);
            calls.iter().for_each(|call| state.session.wait_for_person(*call, now));
            calls
        });
        Self { core: core.clone(), calls }
    }
}

impl Drop for PersonGuard {
    fn drop(&mut self) {
        let now = self.core.now();
        self.core.update(|state| {
            self.calls.iter().for_each(|call| state.session.resume(*call, now));
        });
        // Clocks that run again may end before the alarm.
        self.core.wake();
    }
}

impl fmt::Debug for PersonGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonGuard").field("calls", &self.calls).finish_non_exhaustive()
    }
}

/// Waits for a permission. If it is not given at once, a person may be asked, so meanwhile
/// the clocks of these calls stand still, and of those that wait for them.
pub(super) async fn permitted(
    core: &Arc<Core>,
    calls: impl FnOnce(&EngineSession) -> Vec<Ticket>,
    mut permission: BoxFuture<'_, bool>,
) -> bool {
    if let Some(is_allowed) = (&mut permission).now_or_never() {
        return is_allowed;
    }
    let _waiting = PersonGuard::new(core, calls);
    permission.await
}

/// Waits for a permission that the manager is asked about by the plugin `from`.
pub(super) async fn permitted_to(
    core: &Arc<Core>,
    from: &str,
    permission: BoxFuture<'_, bool>,
) -> bool {
    permitted(core, |session| session.made(from, MANAGER), permission).await
}
