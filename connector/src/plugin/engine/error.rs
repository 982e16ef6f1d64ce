//! The errors of an engine's registry and activations.

use connector_protocol::remix::RemixError;

use crate::plugin::ConnectError;

/// The error of an engine's registry or of an activation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The protocol does not allow it, for example since another plugin has the name.
    #[error(transparent)]
    Refused(#[from] RemixError),
    /// There is no plugin of this name.
    #[error("Cannot activate plugin {0}, because it is not registered")]
    NotRegistered(String),
    /// The plugin cannot be connected.
    #[error("Plugin {name} cannot be activated: {error}")]
    Connect {
        /// The plugin.
        name: String,
        /// The reason.
        error: ConnectError,
    },
    /// The engine is stopping, and activates no plugins any more.
    #[error("Cannot activate plugin {0}, because the engine is stopping")]
    Stopping(String),
    /// The plugin was deactivated, or removed, while it was being activated.
    #[error("Plugin {0} was deactivated before it was active")]
    Deactivated(String),
}
