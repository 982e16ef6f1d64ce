//! Dialing of MQTT servers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use connector_protocol::mqtt::{ClientOptions, DeliveryOptions, QoS, Version};

use super::carrier::{Carrier, client_id};
use super::{MqttLink, MqttSocket};
use crate::connector::{Accept, Dial, DialError, Peer};
use crate::transport::{TcpDialer, TlsSettings};

/// The scheme without TLS.
const SCHEME: &str = "mqtt";
/// The scheme with TLS.
const TLS_SCHEME: &str = "mqtts";
/// The default port without TLS.
const PORT: u16 = 1883;
/// The default port with TLS.
const TLS_PORT: u16 = 8883;

/// A dialer of MQTT servers: `mqtt://host:port`, and with the feature `tls` `mqtts://host:port`.
/// The default ports are 1883 and 8883.
///
/// [`Client::connect`](crate::Client::connect) takes such URLs with the default options. Others
/// are those of a dialer:
///
/// ```
/// use connector::prelude::*;
/// use connector::protocol::mqtt::Version;
/// use connector::transport::MqttDialer;
/// use serde_json::json;
///
/// # async fn connects() -> Result<(), Box<dyn std::error::Error>> {
/// let dialer = MqttDialer::new().version(Version::V5).client_id("sensor-7").subscribe("onAlarm");
/// let client = Client::builder()
///     .dial("mqtt", dialer)
///     .user(json!({ "username": "ann", "password": "secret" }))
///     .connect("mqtt://127.0.0.1")
///     .await?;
/// let Json(degrees): Json<i32> = client.request("lab.sensorHandler.read", ()).await?;
/// # Ok(())
/// # }
/// ```
///
/// A request is a PUBLISH to its route and its id, such as `lab.sensorHandler.read/7`, and its
/// answer a PUBLISH to the same topic; a notify is one to its route, and a push one whose topic
/// is its route. So the other end may also be pomelo's mqttconnector, if its handler answers to
/// the topic of the packet (at QoS 1, without which pomelo answers nothing), or a broker.
#[derive(Clone, Debug)]
pub struct MqttDialer {
    tcp: TcpDialer,
    client: ClientOptions,
    delivery: DeliveryOptions,
}

impl MqttDialer {
    /// Creates a dialer with the default options.
    pub fn new() -> Self {
        Self::with(TlsSettings::default())
    }

    pub(in crate::transport) fn with(tls: TlsSettings) -> Self {
        Self {
            tcp: TcpDialer::with(tls).schemes(SCHEME, TLS_SCHEME).ports(PORT, TLS_PORT),
            client: ClientOptions::default(),
            delivery: DeliveryOptions::default(),
        }
    }

    /// Returns whether a URL is that of an MQTT server.
    pub(in crate::transport) fn knows(url: &str) -> bool {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        [SCHEME, TLS_SCHEME].iter().any(|known| scheme.eq_ignore_ascii_case(known))
    }

    /// Sets the version to speak. Default: 3.1.1.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.client.version = version;
        self
    }

    /// Sets the client's name. A server ends a session that has the same name. Default: the
    /// member `clientId` of the application's data, or a random name for each connection.
    #[must_use]
    pub fn client_id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.client.client_id = id.into();
        self
    }

    /// Sets user name and password. Default: the members `username` and `password` of the
    /// application's data, see [`ClientBuilder::user`](crate::client::ClientBuilder::user).
    #[must_use]
    pub fn login(mut self, user_name: impl Into<Arc<str>>, password: impl Into<Bytes>) -> Self {
        self.client.user_name = Some(user_name.into());
        self.client.password = Some(password.into());
        self
    }

    /// Sets the time after which the client sends a ping, in whole seconds, at most 65,535. The
    /// connection is lost if nothing arrives for twice as long. Zero: no pings. Default: 30
    /// seconds.
    #[must_use]
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.client.keep_alive = u16::try_from(interval.as_secs()).unwrap_or(u16::MAX);
        self
    }

    /// Subscribes to a topic, which may have wildcards, whenever a connection opens, as brokers
    /// demand it. What is published there arrives as a push of that route. A server that
    /// refuses fails the attempt to connect. Default: no topic.
    #[must_use]
    pub fn subscribe(mut self, topic: impl Into<Box<str>>) -> Self {
        self.client.subscriptions.push(topic.into());
        self
    }

    /// Sets the message that the server has if the client does not say goodbye. Default: none.
    #[must_use]
    pub fn will(mut self, topic: impl Into<Box<str>>, payload: impl Into<Bytes>) -> Self {
        self.client.will = Some((topic.into(), payload.into()));
        self
    }

    /// Sets the QoS of requests and notifies, if the server supports it. Default: QoS 0.
    #[must_use]
    pub fn qos(mut self, qos: QoS) -> Self {
        self.delivery.qos = qos;
        self
    }

    /// Sets how many requests and notifies at QoS 1 may be without an acknowledgement, at least
    /// 1. A server of MQTT 5 may allow fewer. Further ones wait. Default: 256.
    #[must_use]
    pub fn in_flight(mut self, messages: u16) -> Self {
        self.delivery.in_flight = messages.max(1);
        self
    }

    /// Sets how `mqtts://` is spoken: the issuers that are trusted, a certificate of the
    /// client's own, versions. Default: see `ClientBuilder::tls`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, config: Arc<tokio_rustls::rustls::ClientConfig>) -> Self {
        self.tcp = self.tcp.tls(config);
        self
    }
}

impl Default for MqttDialer {
    fn default() -> Self {
        Self::new()
    }
}

impl Dial for MqttDialer {
    type Io = MqttSocket;

    async fn connect(&self, url: &str) -> Result<(MqttSocket, Peer), DialError> {
        self.client.check()?;
        let (stream, mut peer) = self.tcp.connect(url).await?;
        peer.transport = super::TRANSPORT;
        let mut client = self.client.clone();
        if client.client_id.is_empty() && client.version != Version::V5 {
            client.client_id = client_id();
        }
        let carrier = Carrier::client(client, Arc::new(self.delivery.clone()));
        Ok((MqttSocket::accept(MqttLink::new(stream, carrier), peer.clone()), peer))
    }
}
