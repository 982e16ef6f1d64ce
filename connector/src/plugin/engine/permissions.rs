//! The permissions of an engine's plugins.

use connector_protocol::remix::Profile;

use crate::runtime::BoxFuture;
use crate::{MaybeSend, MaybeSync};

/// The permissions of an engine's plugins. `()` allows what Remix's engine allows by default.
///
/// They may ask a person: while a permission is awaited, the clocks of the calls that wait for
/// it stand still. Hold the engine as a [`WeakEngine`](super::WeakEngine), from
/// [`Engine::new_cyclic`](super::Engine::new_cyclic), or it never ends.
///
/// ```
/// use connector::plugin::Permissions;
/// use connector::protocol::remix::Profile;
///
/// /// A plugin may activate those that its profile names.
/// struct ByProfile;
///
/// impl Permissions for ByProfile {
///     async fn can_activate(&self, from: &Profile, to: &Profile, _: Option<&str>) -> bool {
///         from.name == "manager" || from.can_activate.iter().flatten().any(|name| *name == to.name)
///     }
///
///     // Otherwise it could name more of them later.
///     async fn can_update(&self, before: &Profile, after: &Profile) -> bool {
///         before.can_activate == after.can_activate
///     }
/// }
/// ```
pub trait Permissions: MaybeSend + MaybeSync + 'static {
    /// Returns whether a plugin may activate another one: by a call of `method`, or by asking
    /// the manager. Default: `true`.
    fn can_activate(
        &self,
        from: &Profile,
        to: &Profile,
        method: Option<&str>,
    ) -> impl Future<Output = bool> + MaybeSend {
        let _ = (from, to, method);
        async { true }
    }

    /// Returns whether a plugin may deactivate another one, which is asked too then, by its
    /// `canDeactivate`. Default: the manager may, and every plugin itself. The manager is not
    /// asked for.
    fn can_deactivate(
        &self,
        from: &Profile,
        to: &Profile,
    ) -> impl Future<Output = bool> + MaybeSend {
        let is_allowed = from.name == super::MANAGER || from.name == to.name;
        async move { is_allowed }
    }

    /// Returns whether a plugin may change its own profile, by the manager's `updateProfile`.
    /// Its name and its URL never change. Default: `true`.
    fn can_update(
        &self,
        before: &Profile,
        after: &Profile,
    ) -> impl Future<Output = bool> + MaybeSend {
        let _ = (before, after);
        async { true }
    }

    /// Returns whether a plugin may call a method of another one, which asks for that by the
    /// manager's `canCall`, with a text for people. Only the called plugin may ask. It names
    /// the caller, which the engine cannot check. Default: `true`.
    fn can_call(
        &self,
        from: &Profile,
        to: &Profile,
        method: &str,
        message: Option<&str>,
    ) -> impl Future<Output = bool> + MaybeSend {
        let _ = (from, to, method, message);
        async { true }
    }
}

impl Permissions for () {}

/// [`Permissions`] behind a pointer.
pub(super) trait DynPermissions: MaybeSend + MaybeSync {
    fn can_activate<'a>(
        &'a self,
        from: &'a Profile,
        to: &'a Profile,
        method: Option<&'a str>,
    ) -> BoxFuture<'a, bool>;

    fn can_deactivate<'a>(&'a self, from: &'a Profile, to: &'a Profile) -> BoxFuture<'a, bool>;

    fn can_update<'a>(&'a self, before: &'a Profile, after: &'a Profile) -> BoxFuture<'a, bool>;

    fn can_call<'a>(
        &'a self,
        from: &'a Profile,
        to: &'a Profile,
        method: &'a str,
        message: Option<&'a str>,
    ) -> BoxFuture<'a, bool>;
}

impl<P: Permissions> DynPermissions for P {
    fn can_activate<'a>(
        &'a self,
        from: &'a Profile,
        to: &'a Profile,
        method: Option<&'a str>,
    ) -> BoxFuture<'a, bool> {
        Box::pin(Permissions::can_activate(self, from, to, method))
    }

    fn can_deactivate<'a>(&'a self, from: &'a Profile, to: &'a Profile) -> BoxFuture<'a, bool> {
        Box::pin(Permissions::can_deactivate(self, from, to))
    }

    fn can_update<'a>(&'a self, before: &'a Profile, after: &'a Profile) -> BoxFuture<'a, bool> {
        Box::pin(Permissions::can_update(self, before, after))
    }

    fn can_call<'a>(
        &'a self,
        from: &'a Profile,
        to: &'a Profile,
        method: &'a str,
        message: Option<&'a str>,
    ) -> BoxFuture<'a, bool> {
        Box::pin(Permissions::can_call(self, from, to, method, message))
    }
}
