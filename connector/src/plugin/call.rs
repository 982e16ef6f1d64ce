//! Calls of a plugin's methods, and events for its listeners.

use connector_protocol::remix::{Arguments, RequestInfo};
use serde::de::DeserializeOwned;

use super::values::arguments::Context;
use super::values::reading;
use super::{CallError, PluginClient, PluginError};

/// A call of one of the plugin's methods.
#[derive(Debug)]
pub struct PluginCall {
    pub(super) method: String,
    pub(super) payload: Arguments,
    pub(super) request_info: Option<RequestInfo>,
    pub(super) client: PluginClient,
}

impl PluginCall {
    /// Returns the method, as in [`PluginMethods::methods`](super::PluginMethods::methods).
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the arguments.
    pub fn payload(&self) -> &Arguments {
        &self.payload
    }

    /// Reads all arguments. `T` is a tuple: as in JavaScript, arguments behind its last one
    /// are ignored, and missing ones are `null`.
    ///
    /// # Errors
    /// Fails for arguments of other types, and for more than
    /// [`Limits::values`](crate::Limits). Return the error with `?`.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        let limits = self.client.limits();
        reading::read_arguments(&self.payload, limits.enforced.values).map_err(|error| {
            limits.report_values(&error);
            PluginError::new(format!("the arguments of `{}` do not fit: {error}", self.method))
        })
    }

    /// Reads the argument at `index`. A missing argument is `null`. A `Payload` is the
    /// argument's text, which may have any number of values.
    ///
    /// # Errors
    /// Fails if the argument is not a `T`, or has more than
    /// [`Limits::values`](crate::Limits). Return the error with `?`.
    pub fn arg<T: DeserializeOwned>(&self, index: usize) -> Result<T, PluginError> {
        self.arguments().skip(index).next(None)
    }

    /// Reads the arguments from `index` on, each of which is a `T`.
    ///
    /// # Errors
    /// Fails for arguments of other types, and for more than
    /// [`Limits::values`](crate::Limits). Return the error with `?`.
    pub fn args_from<T: DeserializeOwned>(&self, index: usize) -> Result<Vec<T>, PluginError> {
        self.arguments().skip(index).rest(None)
    }

    /// Asks the engine whether the caller may call this method, with a text for people: Remix's
    /// `askUserPermission`. The caller is that of this call, whatever else runs. A call without
    /// one is the engine's own, which may.
    ///
    /// # Errors
    /// Returns [`CallError`] if the engine does not answer.
    pub async fn ask_permission(&self, message: Option<&str>) -> Result<bool, CallError> {
        let (Some(caller), Some(name)) = (&self.request_info, self.client.name()) else {
            return Ok(true);
        };
        self.client.call("manager", "canCall", (&caller.from, name, &self.method, message)).await
    }

    /// Returns the error of a method that the plugin does not have.
    pub(crate) fn unknown(&self) -> PluginError {
        PluginError::new(format!("The plugin has no method `{}`", self.method))
    }

    /// Returns the caller and the path of the call, which engines send with every call.
    pub fn request_info(&self) -> Option<&RequestInfo> {
        self.request_info.as_ref()
    }

    /// Returns the connection of the call, to call other plugins and to emit events.
    pub fn client(&self) -> &PluginClient {
        &self.client
    }
}

/// An event of another plugin, for one of the plugin's listeners.
#[derive(Debug)]
pub struct PluginEvent {
    pub(super) plugin: String,
    pub(super) key: String,
    pub(super) payload: Arguments,
    pub(super) client: PluginClient,
}

impl PluginEvent {
    /// Returns the name of the plugin that emitted the event.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// Returns the event.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the values of the event.
    pub fn payload(&self) -> &Arguments {
        &self.payload
    }

    /// Returns the connection of the event, to call other plugins and to emit events.
    pub fn client(&self) -> &PluginClient {
        &self.client
    }
}
