//! What a plugin can do.

use std::fmt;

use connector_protocol::remix::{Arguments, Payload, RequestInfo};
use futures_util::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::calls::{MethodResult, RunningCall};
use super::{PluginClient, PluginError};
use crate::{MaybeSend, MaybeSync};

/// What a plugin can do: the methods that an engine calls.
///
/// [`Methods`] is one made of closures.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no methods that an engine could call",
    note = "collect closures in `plugin::Methods`, or implement `PluginMethods`"
)]
pub trait PluginMethods: MaybeSend + MaybeSync + 'static {
    /// The methods' names, which the handshake tells. Those of services are
    /// dotted (`git.fetch`).
    fn methods(&self) -> Vec<String>;

    /// Calls a method, one of these. Calls overlap: a slow one does not hold
    /// up others. They share one task, so what computes for long belongs into
    /// a task of its own.
    fn call(&self, call: PluginCall) -> impl Future<Output = MethodResult> + MaybeSend;

    /// An engine has shaken hands: Remix's `onActivation`.
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
    /// The method, as in [`PluginMethods::methods`].
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The arguments.
    pub fn payload(&self) -> &Arguments {
        &self.payload
    }

    /// All arguments, exactly as many as the tuple has.
    ///
    /// # Errors
    /// Another number of arguments, or other types; for `?`.
    pub fn args<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        let args = self.payload.parse();
        args.map_err(|error| PluginError::new(format!("arguments of {}: {error}", self.method)))
    }

    /// The argument at `index`; one that was left out is `null`.
    ///
    /// # Errors
    /// It is no `T`; for `?`.
    pub fn arg<T: DeserializeOwned>(&self, index: usize) -> Result<T, PluginError> {
        let values = self.payload.values();
        let text = values.get(index).map_or("null", Payload::as_str);
        serde_json::from_str(text).map_err(|error| {
            let method = &self.method;
            PluginError::new(format!("argument {} of {method}: {error}", index + 1))
        })
    }

    /// Who calls, and by which path. Engines tell it with every call.
    pub fn request_info(&self) -> Option<&RequestInfo> {
        self.request_info.as_ref()
    }

    /// The connection that the call came over, to call back and to emit.
    pub fn client(&self) -> &PluginClient {
        &self.client
    }
}

/// Methods that are closures.
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
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a method, in the place of an earlier one of its name.
    #[must_use]
    pub fn method<F, Fut, T>(mut self, name: impl Into<String>, method: F) -> Self
    where
        F: Fn(PluginCall) -> Fut + MaybeSend + MaybeSync + 'static,
        Fut: Future<Output = Result<T, PluginError>> + MaybeSend + 'static,
        T: Serialize,
    {
        let name = name.into();
        self.methods.retain(|(known, _)| *known != name);
        let method = move |call| -> RunningCall {
            Box::pin(method(call).map(|result| Ok(Some(Payload::of(&result?)?))))
        };
        self.methods.push((name, Box::new(method)));
        self
    }

    /// Sets what happens when an engine has shaken hands.
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
