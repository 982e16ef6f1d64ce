//! The activation of an engine's plugins: from its begin to its end, with the reason.

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::remix::Activity;

use super::EngineError;
use super::core::{Core, State};
use crate::plugin::{ConnectError, PluginStatus};

/// The state of a plugin's current activation.
#[derive(Clone, Debug, Default)]
pub(super) enum Activation {
    #[default]
    Inactive,
    Begun,
    Active,
    /// The connection has ended, and is opened again.
    Lost {
        /// The reason of its end, or of the last attempt's failure.
        reason: CloseReason,
        /// The number of attempts that have failed since.
        failed: u64,
        /// An attempt is being made.
        is_opening: bool,
    },
    /// The plugin could not be activated.
    Failed(ConnectError),
    /// The connection has ended, and is not opened again.
    Ended(CloseReason),
}

impl Activation {
    pub(super) fn status(&self) -> PluginStatus {
        match self {
            Self::Inactive | Self::Failed(_) => PluginStatus::Disconnected,
            Self::Begun | Self::Lost { is_opening: true, .. } => PluginStatus::Connecting,
            Self::Active => PluginStatus::Ready,
            Self::Lost { reason, .. } => PluginStatus::Lost(reason.clone()),
            Self::Ended(reason) => PluginStatus::Ended(reason.clone()),
        }
    }

    /// Returns the number of failed attempts to open a lost connection again.
    fn failed_attempts(&self) -> Option<u64> {
        if let Self::Lost { failed, .. } = self { Some(*failed) } else { None }
    }

    /// Returns `true` if it is known whether the plugin can be called. Somebody who came while
    /// its connection was lost has seen this many failed attempts to open it again.
    fn is_settled(&self, seen: Option<u64>) -> bool {
        match self {
            Self::Begun => false,
            Self::Lost { failed, .. } => seen.is_none_or(|seen| *failed > seen),
            _ => true,
        }
    }

    /// Handles that the connection has ended for this reason and is opened again, or that an
    /// attempt has failed for it.
    fn lose(&mut self, reason: &CloseReason) {
        let failed = match self {
            Self::Lost { failed, .. } => *failed + 1,
            _ => 0,
        };
        *self = Self::Lost { reason: reason.clone(), failed, is_opening: false };
    }
}

impl Core {
    /// Returns `true` if a plugin is active, also while its connection is opened again.
    pub(super) fn is_active(&self, name: &str) -> bool {
        self.state().is_active(name)
    }

    /// Activates a plugin, and waits until it can be called. If its connection was lost, the
    /// next attempt to open it decides.
    pub(super) async fn activate(&self, name: &str) -> Result<(), EngineError> {
        if self.state().is_stopping {
            return Err(EngineError::Stopping(name.to_owned()));
        }
        if !self.update(|state| state.session.activate(name)) {
            return Err(EngineError::NotRegistered(name.to_owned()));
        }
        let activation = self.state().plugins.get(name).map(|hosted| hosted.activation.subscribe());
        let Some(mut activation) = activation else {
            return Err(EngineError::Deactivated(name.to_owned()));
        };
        let seen = activation.borrow().failed_attempts();
        let settled = activation.wait_for(|state| state.is_settled(seen)).await;
        let failed = |error| EngineError::Connect { name: name.to_owned(), error };
        match settled.as_deref() {
            Ok(Activation::Active) => Ok(()),
            Ok(Activation::Failed(error)) => Err(failed(error.clone())),
            Ok(Activation::Lost { reason, .. } | Activation::Ended(reason)) => {
                Err(failed(ConnectError::Lost(reason.clone())))
            }
            _ => Err(EngineError::Deactivated(name.to_owned())),
        }
    }

    pub(super) async fn deactivate(&self, name: &str) -> bool {
        let now = self.now();
        let (was_active, disconnected) = self.update(|state| {
            let was_active = state.deactivate(name, Activation::Inactive, now);
            // Under the lock, or it could come behind the next activation.
            (was_active, state.plugins.get(name).map(|hosted| hosted.remote.send_disconnect()))
        });
        if let Some(disconnected) = disconnected {
            disconnected.await;
        }
        was_active
    }

    /// Returns the status of a plugin as its callers see it.
    pub(super) fn status(&self, name: &str) -> PluginStatus {
        let state = self.state();
        let hosted = state.plugins.get(name);
        hosted.map_or(PluginStatus::Disconnected, |hosted| hosted.activation.borrow().status())
    }

    /// Waits until the status of a plugin matches `wanted`, or the plugin is removed.
    pub(super) async fn wait_for(
        &self,
        name: &str,
        mut wanted: impl FnMut(&PluginStatus) -> bool,
    ) -> PluginStatus {
        let activation = self.state().plugins.get(name).map(|hosted| hosted.activation.subscribe());
        let Some(mut activation) = activation else { return PluginStatus::Disconnected };
        let matching = activation.wait_for(|state| wanted(&state.status())).await;
        matching.map_or(PluginStatus::Disconnected, |state| state.status())
    }
}

impl State {
    /// Tells those who wait for an activation that the plugin is active.
    pub(super) fn set_active(&mut self, name: &str) {
        let is_active = self.session.activity(name) == Some(Activity::Active);
        if let Some(hosted) = self.plugins.get(name).filter(|_| is_active) {
            hosted.activation.send_replace(Activation::Active);
        }
    }

    /// Returns `true` if a plugin is active, also while its connection is opened again.
    pub(super) fn is_active(&self, name: &str) -> bool {
        matches!(self.session.activity(name), Some(Activity::Active | Activity::Lost))
    }

    /// Handles another status of an active plugin's connection.
    pub(super) fn connection_changed(&mut self, name: &str, status: PluginStatus, now: Duration) {
        if !self.is_active(name) {
            return;
        }
        let Some(hosted) = self.plugins.get(name) else { return };
        match status {
            PluginStatus::Ready => {
                self.session.activated(name, now);
                self.set_active(name);
            }
            PluginStatus::Lost(reason) => {
                hosted.activation.send_modify(|activation| activation.lose(&reason));
                self.session.lost(name, now);
            }
            PluginStatus::Connecting => {
                hosted.activation.send_modify(|activation| {
                    if let Activation::Lost { is_opening, .. } = activation {
                        *is_opening = true;
                    }
                });
            }
            // It is not connected again by itself.
            PluginStatus::Ended(reason) => {
                self.deactivate(name, Activation::Ended(reason), now);
            }
            PluginStatus::Disconnected => {
                self.deactivate(name, Activation::Inactive, now);
            }
        }
    }

    /// Deactivates a plugin, and tells that to those who listen. Returns `false` if it was not
    /// active.
    pub(super) fn deactivate(&mut self, name: &str, end: Activation, now: Duration) -> bool {
        let was_active = self.session.deactivate(name, now);
        let era = self.next_era();
        if let Some(hosted) = self.plugins.get_mut(name) {
            hosted.era = era;
            hosted.activation.send_replace(end);
        }
        if was_active && let Some(profile) = self.session.profile(name).cloned() {
            self.hide(&profile, now);
            self.tell("pluginDeactivated", &profile);
        }
        was_active
    }
}
