//! Plugins that have a place on the screen, where their host plugins show them.

use std::time::Duration;

use connector_protocol::remix::{Arguments, HostCall, Profile};
use connector_protocol::text::escaped;

use super::core::{Core, State};
use crate::plugin::ConnectError;

impl Core {
    /// Asks the host plugin of a plugin to show it, before it is connected: Remix's `addView`.
    /// Does nothing for a plugin without a location.
    pub(super) async fn show(&self, profile: &Profile) -> Result<(), ConnectError> {
        let Some((host, call)) = view_call(profile, "addView") else { return Ok(()) };
        let circle = self.state().view_circle(profile);
        if let Some(circle) = circle {
            let error = format!("each waits to be shown by the next: {circle}");
            return Err(ConnectError::View { host, error });
        }
        match self.call(call).await {
            Ok(_) => Ok(()),
            Err(error) => Err(ConnectError::View { host, error: error.to_string() }),
        }
    }
}

impl State {
    /// Returns the plugins that would wait for one another for ever if this one waited until
    /// its host plugin is active, and has shown it.
    fn view_circle(&self, profile: &Profile) -> Option<String> {
        let mut shown = vec![&*profile.name];
        let mut host = profile.location.as_deref()?;
        while !shown.contains(&host) {
            if self.is_active(host) {
                return None;
            }
            shown.push(host);
            host = self.session.profile(host)?.location.as_deref()?;
        }
        shown.push(host);
        Some(shown.join(" -> "))
    }

    /// Asks the host plugin of a plugin to remove it from the screen: Remix's `removeView`.
    /// Nobody waits for that.
    pub(super) fn hide(&mut self, profile: &Profile, now: Duration) {
        let Some((host, call)) = view_call(profile, "removeView") else { return };
        if self.is_active(&host)
            && let Err(error) = self.session.call(call, now)
        {
            tracing::debug!(
                error = %escaped(&error),
                host = %escaped(&host),
                "a view is not removed"
            );
        }
    }
}

fn view_call(profile: &Profile, method: &str) -> Option<(String, HostCall)> {
    let host = profile.location.clone()?;
    let payload = Arguments::of(&(profile,)).ok()?;
    let call = HostCall::new(&*profile.name, &*host, method, payload);
    Some((host, call))
}
