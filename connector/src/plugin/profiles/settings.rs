//! `settings`: settings of the user.

use connector_macros::remote_plugin;

/// The settings.
#[remote_plugin("settings", crate = "crate")]
pub trait Settings {
    /// Returns the user's access token of GitHub.
    async fn get_github_access_token(&self) -> String;
}
