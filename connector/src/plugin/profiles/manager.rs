//! `manager`: profiles and activation.

use connector_macros::remote_plugin;
use connector_protocol::remix::{Payload, Profile};

/// The plugin manager, which every engine has.
#[remote_plugin("manager", crate = "crate")]
pub trait Manager {
    /// Returns a plugin's profile. `None` if there is no such plugin.
    async fn get_profile(&self, name: &str) -> Option<Profile>;
    /// Changes the fields of the caller's own profile that are not `None`. The name stays.
    async fn update_profile(&self, profile: &Profile);
    /// Activates a plugin.
    async fn activate_plugin(&self, name: &str);
    /// Deactivates a plugin.
    async fn deactivate_plugin(&self, name: &str);
    /// Returns `true` if a plugin is active.
    async fn is_active(&self, name: &str) -> bool;
    /// Asks whether the plugin `from` may call `method` of the plugin `to`, and shows the user
    /// `message`. It may if [`Payload::is_truthy`].
    async fn can_call(&self, from: &str, to: &str, method: &str, message: Option<&str>) -> Payload;

    /// Plugins that were activated.
    #[event]
    fn plugin_activated(&self, profile: Profile);
    /// Plugins that were deactivated.
    #[event]
    fn plugin_deactivated(&self, profile: Profile);
    /// Plugins that were registered.
    #[event]
    fn profile_added(&self, profile: Profile);
    /// Plugins whose profile has changed.
    #[event]
    fn profile_updated(&self, profile: Profile);
}
