//! Plugins that no other one may activate.

use connector::plugin::{Permissions, Profile};

/// The names of the plugins that the terminal alone activates.
pub(crate) struct Locked(pub(crate) Vec<String>);

impl Permissions for Locked {
    async fn can_activate(&self, from: &Profile, to: &Profile, _: Option<&str>) -> bool {
        // The terminal's commands are the manager's.
        from.name == "manager" || !self.0.contains(&to.name)
    }
}
