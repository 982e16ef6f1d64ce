//! MQTT over any byte stream.

mod carrier;
mod clients;
mod connector;
mod dialer;
mod link;
mod listener;
mod options;

pub(super) use carrier::Carrier;
pub(super) use clients::Clients;
pub use connector::{MqttConnector, MqttSocket};
pub use dialer::MqttDialer;
pub use link::MqttLink;
pub use listener::Mqtt;
pub use options::MqttOptions;

/// The [`Peer::transport`](crate::Peer::transport) of MQTT's connections.
pub(super) const TRANSPORT: &str = "mqtt";
