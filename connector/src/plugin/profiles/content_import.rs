//! `contentImport`: sources by URL.

use connector_macros::remote_plugin;
use connector_protocol::remix::Payload;
use serde::{Deserialize, Serialize};

/// Imports of sources.
#[remote_plugin("contentImport", crate = "crate")]
pub trait ContentImport {
    /// Returns the content at a URL or path.
    async fn resolve(&self, path: &str) -> Content;

    /// Saves the content at a URL or path in the workspace, and returns it.
    async fn resolve_and_save(&self, url: &str, target_path: &str) -> String;
}

/// Imported content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The content, mostly a string.
    pub content: Payload,
    /// The URL without what only selects a server.
    pub clean_url: String,
    /// The kind of server: `github`, `http`, `https`, `swarm` or `ipfs`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The URL.
    pub url: String,
}
