//! The consent of plugins within the program to what others do to them.

use connector_protocol::remix::Profile;

use super::PluginMethods;
use crate::runtime::BoxFuture;
use crate::{MaybeSend, MaybeSync};

/// The consent of a plugin within the program of its engine, which is asked without a
/// connection. Everything that implements [`PluginMethods`] implements it.
pub trait Consent: MaybeSend + MaybeSync {
    /// Returns whether a plugin may activate this one, by a call of `method`: see
    /// [`PluginMethods::can_activate`].
    fn to_activation<'a>(
        &'a self,
        from: &'a Profile,
        method: Option<&'a str>,
    ) -> BoxFuture<'a, bool>;

    /// Returns whether a plugin may deactivate this one: see
    /// [`PluginMethods::can_deactivate`].
    fn to_deactivation<'a>(&'a self, from: &'a Profile) -> BoxFuture<'a, bool>;
}

impl<M: PluginMethods> Consent for M {
    fn to_activation<'a>(
        &'a self,
        from: &'a Profile,
        method: Option<&'a str>,
    ) -> BoxFuture<'a, bool> {
        Box::pin(self.can_activate(from, method))
    }

    fn to_deactivation<'a>(&'a self, from: &'a Profile) -> BoxFuture<'a, bool> {
        Box::pin(self.can_deactivate(from))
    }
}
