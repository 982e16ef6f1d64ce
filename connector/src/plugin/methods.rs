//! The contract of a plugin: its methods, its listeners and its hooks.

use std::sync::Arc;

use connector_protocol::remix::Profile;

use super::calls::MethodResult;
use super::{PluginCall, PluginClient, PluginError, PluginEvent};
use crate::{MaybeSend, MaybeSync};

/// A plugin: methods, which an engine calls, listeners of events, and hooks.
///
/// [`#[plugin]`](macro@crate::plugin) on an `impl` block implements it, and
/// [`Methods`](super::Methods) collects closures. `()` is a plugin without methods.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `PluginMethods`, so an engine cannot call it",
    note = "put `#[plugin(name = \"..\")]` on its `impl` block and `#[method]` on the methods, \
            or collect closures in `plugin::Methods`"
)]
pub trait PluginMethods: MaybeSend + MaybeSync + 'static {
    /// Returns the names of the methods, which the handshake announces. A method is called
    /// by its index in this list. The methods of services have dotted names, such as
    /// `git.fetch`.
    fn methods(&self) -> Vec<String>;

    /// Calls the method at `index`. Several calls may run at once. All run in one task, so
    /// spawn another one for long computations.
    ///
    /// # Errors
    /// Returns the error for the caller: its text is sent as the answer.
    ///
    /// # Cancel safety
    /// Calls that run when the connection ends have [`Limits::drain`](crate::Limits::drain)
    /// to end. Then the future is dropped.
    fn call(
        &self,
        index: usize,
        call: PluginCall,
    ) -> impl Future<Output = MethodResult> + MaybeSend;

    /// Returns the events that the plugin listens to from its activation on, each as the
    /// name of the other plugin and the event. Default: none.
    fn listens_to(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Handles an event, whose index is that in [`PluginMethods::listens_to`]. Default: does
    /// nothing.
    ///
    /// # Errors
    /// Returns an error that is logged.
    ///
    /// # Cancel safety
    /// The future is dropped when a call's would be: see [`PluginMethods::call`].
    fn notified(
        &self,
        index: usize,
        event: PluginEvent,
    ) -> impl Future<Output = Result<(), PluginError>> + MaybeSend {
        let _ = (index, event);
        async { Ok(()) }
    }

    /// Runs after the handshake with an engine: Remix's `onActivation`. Default: does
    /// nothing.
    ///
    /// # Errors
    /// Returns an error that is logged.
    ///
    /// # Cancel safety
    /// The future is dropped when a call's would be: see [`PluginMethods::call`].
    fn activated(
        &self,
        client: PluginClient,
    ) -> impl Future<Output = Result<(), PluginError>> + MaybeSend {
        let _ = client;
        async { Ok(()) }
    }

    /// Runs when the connection to an engine has ended and its calls have too, whatever the
    /// reason: Remix's `onDeactivation`. An engine only closes the connection. Default: does
    /// nothing.
    ///
    /// # Errors
    /// Returns an error that is logged.
    ///
    /// # Cancel safety
    /// The future is dropped when the time of [`Limits::drain`](crate::Limits::drain), which
    /// it shares with the calls, is over. It does not run if the future or the task that
    /// serves the plugin is dropped.
    fn deactivated(
        &self,
        client: PluginClient,
    ) -> impl Future<Output = Result<(), PluginError>> + MaybeSend {
        let _ = client;
        async { Ok(()) }
    }

    /// Returns whether the plugin `from` may activate this one by a call of `method`: Remix's
    /// `canActivate`. Who asks the manager to activate it is not asked about here, as in Remix.
    /// Only an engine within the program asks, since there is no connection yet. Default:
    /// `true`.
    fn can_activate(
        &self,
        from: &Profile,
        method: Option<&str>,
    ) -> impl Future<Output = bool> + MaybeSend {
        let _ = (from, method);
        async { true }
    }

    /// Returns whether the plugin `from` may deactivate this one: Remix's `canDeactivate`.
    /// The manager and the plugin itself may without being asked for. Default: `true`.
    fn can_deactivate(&self, from: &Profile) -> impl Future<Output = bool> + MaybeSend {
        let _ = from;
        async { true }
    }
}

/// A plugin that describes itself. [`#[plugin]`](macro@crate::plugin) implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no profile",
    note = "put `#[plugin(name = \"..\")]` on its `impl` block"
)]
pub trait Plugin: PluginMethods {
    /// Returns the plugin's description of itself.
    fn profile() -> Profile;
}

/// A plugin without methods.
impl PluginMethods for () {
    fn methods(&self) -> Vec<String> {
        Vec::new()
    }

    async fn call(&self, _: usize, call: PluginCall) -> MethodResult {
        Err(call.unknown())
    }
}

/// A plugin shared with other parts of the program.
impl<P: PluginMethods> PluginMethods for Arc<P> {
    fn methods(&self) -> Vec<String> {
        P::methods(self)
    }

    fn call(
        &self,
        index: usize,
        call: PluginCall,
    ) -> impl Future<Output = MethodResult> + MaybeSend {
        P::call(self, index, call)
    }

    fn listens_to(&self) -> Vec<(String, String)> {
        P::listens_to(self)
    }

    fn notified(
        &self,
        index: usize,
        event: PluginEvent,
    ) -> impl Future<Output = Result<(), PluginError>> + MaybeSend {
        P::notified(self, index, event)
    }

    fn activated(
        &self,
        client: PluginClient,
    ) -> impl Future<Output = Result<(), PluginError>> + MaybeSend {
        P::activated(self, client)
    }

    fn deactivated(
        &self,
        client: PluginClient,
    ) -> impl Future<Output = Result<(), PluginError>> + MaybeSend {
        P::deactivated(self, client)
    }

    fn can_activate(
        &self,
        from: &Profile,
        method: Option<&str>,
    ) -> impl Future<Output = bool> + MaybeSend {
        P::can_activate(self, from, method)
    }

    fn can_deactivate(&self, from: &Profile) -> impl Future<Output = bool> + MaybeSend {
        P::can_deactivate(self, from)
    }
}

impl<P: Plugin> Plugin for Arc<P> {
    fn profile() -> Profile {
        P::profile()
    }
}
