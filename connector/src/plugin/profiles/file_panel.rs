//! `filePanel`: workspaces.

use connector_macros::remote_plugin;
use connector_protocol::remix::Payload;
use serde::{Deserialize, Serialize};

/// The workspaces of the IDE.
#[remote_plugin("filePanel", crate = "crate")]
pub trait FilePanel {
    /// Returns the current workspace.
    async fn get_current_workspace(&self) -> Workspace;
    /// Returns the names of the workspaces.
    async fn get_workspaces(&self) -> Vec<String>;
    /// Creates a workspace, without files or with examples.
    async fn create_workspace(&self, name: &str, is_empty: bool);
    /// Adds an entry to the menu of files.
    async fn register_context_menu_item(&self, cmd: &CustomAction);
    /// Renames a workspace.
    async fn rename_workspace(&self, old_name: &str, new_name: &str);
    /// Removes a workspace.
    async fn delete_workspace(&self, name: &str);

    /// Workspaces that become the current one.
    #[event]
    fn set_workspace(&self, workspace: Payload);
    /// Workspaces that were renamed.
    #[event]
    fn workspace_renamed(&self, workspace: Payload);
    /// Workspaces that were removed.
    #[event]
    fn workspace_deleted(&self, workspace: Payload);
    /// Workspaces that were created.
    #[event]
    fn workspace_created(&self, workspace: Payload);
    /// Uses of entries in the menu of files.
    #[event]
    fn custom_action(&self, cmd: CustomAction);
}

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// The name.
    pub name: String,
    /// `true` for a directory of the user's machine.
    pub is_localhost: bool,
    /// The path in the IDE's file system.
    pub absolute_path: String,
}

/// An entry in the menu of files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomAction {
    /// The plugin that is called.
    pub id: String,
    /// The plugin's method, which is called with this object.
    pub name: String,
    /// The entries that have it in their menus.
    #[serde(rename = "type")]
    pub kind: Vec<CustomActionKind>,
    /// The paths that have it in their menus.
    pub path: Vec<String>,
    /// The extensions that have it in their menus.
    pub extension: Vec<String>,
    /// The patterns of paths that have it in their menus.
    pub pattern: Vec<String>,
    /// `true` if it stays when the plugin is deactivated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<bool>,
    /// The text that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// The kind of entries that an action is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CustomActionKind {
    /// Files.
    File,
    /// Directories.
    Folder,
}
