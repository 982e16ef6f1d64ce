//! Methods that are closures.

use std::fmt;

use futures_util::FutureExt;
use serde::Serialize;

use super::calls::{MethodResult, RunningCall};
use super::values::returned::written;
use super::{PluginCall, PluginClient, PluginError, PluginMethods};
use crate::{MaybeSend, MaybeSync};

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

impl PluginMethods for Methods {
    fn methods(&self) -> Vec<String> {
        self.methods.iter().map(|(name, _)| name.clone()).collect()
    }

    async fn call(&self, index: usize, call: PluginCall) -> MethodResult {
        match self.methods.get(index) {
            Some((_, method)) => method.call(call).await,
            None => Err(call.unknown()),
        }
    }

    async fn activated(&self, client: PluginClient) -> Result<(), PluginError> {
        match &self.activated {
            Some(activated) => activated.call(client).await.map(|_| ()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.methods.iter().map(|(name, _)| name)).finish()
    }
}
