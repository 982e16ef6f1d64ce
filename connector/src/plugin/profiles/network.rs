//! `network`: networks of the blockchain.

use connector_macros::remote_plugin;
use serde::{Deserialize, Serialize};

/// The networks.
#[remote_plugin("network", crate = "crate")]
pub trait NetworkPlugin {
    /// Adds a network.
    async fn add_network(&self, network: &CustomNetwork);
    /// Returns the current network.
    async fn detect_network(&self) -> Network;
    /// Returns the URL of the current network.
    async fn get_endpoint(&self) -> String;
    /// Returns the current provider: `vm`, `injected` or `web3`.
    async fn get_network_provider(&self) -> String;
    /// Removes a network.
    async fn remove_network(&self, name: &str);

    /// Providers that become the current one: `vm`, `injected` or `web3`.
    #[event]
    fn provider_changed(&self, provider: String);
}

/// A network of the user's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomNetwork {
    /// The id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name.
    pub name: String,
    /// The URL.
    pub url: String,
}

/// A network, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The id, such as `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name, such as `Main`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The URL of a network of the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
