//! The methods of plugins.

use std::fmt;

use connector_protocol::json;
use connector_protocol::remix::{Arguments, Payload, RequestInfo};
use connector_protocol::text::escaped;
use futures_util::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::calls::{MethodResult, RunningCall};
use super::{PluginClient, PluginError, arity};
use crate::{MaybeSend, MaybeSync};

/// The methods of a plugin, which an engine calls.
///
/// [`Methods`] collects closures.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `PluginMethods`, so it has no methods for an engine to call",
    note = "collect closures in `plugin::Methods`, or implement `PluginMethods`"
)]
pub trait PluginMethods: MaybeSend + MaybeSync + 'static {
    /// Returns the names of the methods, which the handshake announces. The methods of
    /// services have dotted names, such as `git.fetch`.
    fn methods(&self) -> Vec<String>;

    /// Calls one of these methods. Several calls may run at once. All run in one task, so
    /// spawn another one for long computations.
    ///
    /// # Errors
    /// Returns the error for the caller: its text is sent as the answer.
    ///
    /// # Cancel safety
    /// Calls that run when the connection ends have [`Limits::drain`](crate::Limits::drain)
    /// to end. Then the future is dropped.
    fn call(&self, call: PluginCall) -> impl Future<Output = MethodResult> + MaybeSend;

    /// Runs after the handshake with an engine: Remix's `onActivation`. Default: does
    /// nothing.
    ///
    /// # Cancel safety
    /// The future is dropped when a call's would be: see [`PluginMethods::call`].
    fn activated(&self, client: PluginClient) -> impl Future<Output = ()> + MaybeSend {
        let _ = client;
        async {}
    }
}

/// A call of one of the plugin's methods.
#[derive(Debug)]
pub struct PluginCall {
    pub(super) method: String,
    pub(super) payload: Arguments,
    pub(super) request_info: Option<RequestInfo>,
    pub(super) client: PluginClient,
}

impl PluginCall {
    /// Returns the method, as in [`PluginMethods::methods`].
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
    /// Fails for arguments of other types. Return the error with `?`.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        arity::read(&self.payload).map_err(|error| {
            PluginError::new(format!("the arguments of `{}` do not fit: {error}", self.method))
        })
    }

    /// Reads the argument at `index`. A missing argument is `null`.
    ///
    /// # Errors
    /// Fails if the argument is not a `T`. Return the error with `?`.
    pub fn arg<T: DeserializeOwned>(&self, index: usize) -> Result<T, PluginError> {
        let values = self.payload.values();
        let text = values.get(index).map_or("null", Payload::as_str);
        json::read(text, json::NESTING).map_err(|error| {
            let method = &self.method;
            PluginError::new(format!("argument {} of `{method}` does not fit: {error}", index + 1))
        })
    }

    /// Reads the arguments from `index` on, each of which is a `T`.
    ///
    /// # Errors
    /// Fails for arguments of other types. Return the error with `?`.
    pub fn args_from<T: DeserializeOwned>(&self, index: usize) -> Result<Vec<T>, PluginError> {
        (index..self.payload.values().len()).map(|index| self.arg(index)).collect()
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

/// A collection of methods that are closures.
///
/// ```
/// use connector::plugin::{Methods, PluginCall};
///
/// let methods = Methods::new().method("add", |call: PluginCall| async move {
///     let (a, b): (i64, i64) = call.args()?;
///     Ok(a + b)
/// });
/// ```
#[derive(Default)]
pub struct Methods {
    methods: Vec<(String, Box<dyn Closure<PluginCall>>)>,
    activated: Option<Box<dyn Closure<PluginClient>>>,
}

/// A closure whose future is boxed: a method, or what happens on activation.
trait Closure<T>: MaybeSend + MaybeSync {
    fn call(&self, argument: T) -> RunningCall;
}

impl<T, F: Fn(T) -> RunningCall + MaybeSend + MaybeSync> Closure<T> for F {
    fn call(&self, argument: T) -> RunningCall {
        self(argument)
    }
}

impl Methods {
    /// Creates an empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a method. It replaces an earlier one of the same name.
    #[must_use]
    pub fn method<F, Fut, T>(mut self, name: impl Into<String>, method: F) -> Self
    where
        F: Fn(PluginCall) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Result<T, PluginError>> + MaybeSend + 'static,
        T: Serialize,
    {
        let name = name.into();
        self.methods.retain(|(known, _)| *known != name);
        let method = move |call: PluginCall| -> RunningCall {
            let name = call.method.clone();
            Box::pin(method(call).map(move |result| written(&name, &result?)))
        };
        self.methods.push((name, Box::new(method)));
        self
    }

    /// Sets the function that runs after the handshake with an engine.
    #[must_use]
    pub fn activated<F, Fut>(mut self, activated: F) -> Self
    where
        F: Fn(PluginClient) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = ()> + MaybeSend + 'static,
    {
        self.activated = Some(Box::new(move |client| -> RunningCall {
            Box::pin(activated(client).map(|()| Ok(None)))
        }));
        self
    }
}

/// Writes what a method has returned: nothing for `()`, as in JavaScript. The error of the
/// value's type is not sent.
fn written<T: Serialize>(method: &str, result: &T) -> MethodResult {
    match Payload::of(result) {
        Ok(payload) if size_of::<T>() == 0 && payload.as_str() == "null" => Ok(None),
        Ok(payload) => Ok(Some(payload)),
        Err(error) => {
            tracing::error!(method, error = %escaped(error), "a result could not be written");
            Err(PluginError::new("The result could not be written"))
        }
    }
}

impl PluginMethods for Methods {
    fn methods(&self) -> Vec<String> {
        self.methods.iter().map(|(name, _)| name.clone()).collect()
    }

    fn call(&self, call: PluginCall) -> impl Future<Output = MethodResult> + MaybeSend {
        let method = self.methods.iter().find(|(name, _)| *name == call.method);
        match method {
            Some((_, method)) => method.call(call),
            // The machine answers for methods that are not announced.
            None => Box::pin(std::future::ready(Err(PluginError::new("no such method")))),
        }
    }

    async fn activated(&self, client: PluginClient) {
        if let Some(activated) = &self.activated {
            // It has no result.
            let _ = activated.call(client).await;
        }
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.methods.iter().map(|(name, _)| name)).finish()
    }
}
