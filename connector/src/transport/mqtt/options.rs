//! Options of MQTT's servers.

use std::sync::Arc;

use connector_protocol::mqtt::{DeliveryOptions, QoS};

/// Options of an MQTT server, for an [`MqttConnector`](super::MqttConnector) or for the MQTT
/// clients of a [`HybridConnector`](crate::HybridConnector).
///
/// ```
/// use connector::prelude::*;
/// use connector::protocol::mqtt::QoS;
/// use connector::transport::MqttOptions;
///
/// let options = MqttOptions::new().qos(QoS::AtLeastOnce).receive_maximum(64);
/// let connector = connector::MqttConnector::bind("0.0.0.0:1883").options(options);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MqttOptions {
    delivery: DeliveryOptions,
}

impl MqttOptions {
    /// Creates the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the QoS at which pushes and answers leave. Default: QoS 0.
    ///
    /// At QoS 1 a client acknowledges each, and not more than
    /// [`MqttOptions::in_flight`] are without an acknowledgement at a time.
    #[must_use]
    pub fn qos(mut self, qos: QoS) -> Self {
        self.delivery.qos = qos;
        self
    }

    /// Sets how many pushes and answers at QoS 1 may be without an acknowledgement, at least 1.
    /// A client of MQTT 5 may allow fewer (its receive maximum). Further ones wait, with all
    /// behind them, up to [`MqttOptions::queued`] bytes; and a client that acknowledges none of
    /// them for [`Limits::stall`](crate::Limits::stall) is closed. Default: 256.
    #[must_use]
    pub fn in_flight(mut self, messages: u16) -> Self {
        self.delivery.in_flight = messages.max(1);
        self
    }

    /// Sets the most bytes of pushes and answers that wait for acknowledgements of earlier
    /// ones. More end the connection. Default: that of [`Limits::queued`](crate::Limits::queued).
    #[must_use]
    pub fn queued(mut self, bytes: usize) -> Self {
        self.delivery.queued = bytes;
        self
    }

    /// Sets how many messages at QoS 1 a client may send before the first of them is
    /// acknowledged, at least 1: the server's receive maximum. A message is acknowledged when
    /// its call begins, or waits its turn. Default: 1,024.
    #[must_use]
    pub fn receive_maximum(mut self, messages: u16) -> Self {
        self.delivery.receive_maximum = messages.max(1);
        self
    }

    /// Sends all that clients publish to this route, with the packet as the body: the
    /// `publishRoute` of pomelo's mqttconnector. See
    /// [`Mapping`](connector_protocol::mqtt::Mapping). Default: topics are routes.
    ///
    /// ```
    /// use connector::prelude::*;
    /// use connector::transport::MqttOptions;
    /// use serde_json::{Value, json};
    ///
    /// struct Mqtt;
    ///
    /// #[handler("connector.mqttHandler")]
    /// impl Mqtt {
    ///     /// Sends what arrives at QoS 1 back, to another topic.
    ///     #[route]
    ///     async fn publish(&self, Json(packet): Json<Value>) -> Json<Value> {
    ///         Json(json!({ "topic": "echo", "payload": packet["payload"] }))
    ///     }
    ///
    ///     /// Grants QoS 0 to one topic.
    ///     #[route]
    ///     async fn subscribe(&self, Json(_): Json<Value>) -> Json<Vec<u8>> {
    ///         Json(vec![0])
    ///     }
    /// }
    ///
    /// let options = MqttOptions::new()
    ///     .publish_route("connector.mqttHandler.publish")
    ///     .subscribe_route("connector.mqttHandler.subscribe");
    /// let connector = connector::MqttConnector::bind("0.0.0.0:1883").options(options);
    /// let server = Server::builder().connector(connector).handler(Mqtt);
    /// ```
    #[must_use]
    pub fn publish_route(mut self, route: impl Into<Box<str>>) -> Self {
        self.delivery.mapping.publish = Some(route.into());
        self
    }

    /// Sends all subscriptions of clients to this route: the `subscribeRoute` of pomelo's
    /// mqttconnector. Its answer is the list of the granted QoS. Default: each is granted, and
    /// changes nothing, since pushes go to sessions.
    #[must_use]
    pub fn subscribe_route(mut self, route: impl Into<Box<str>>) -> Self {
        self.delivery.mapping.subscribe = Some(route.into());
        self
    }

    pub(in crate::transport) fn delivery(&self) -> Arc<DeliveryOptions> {
        Arc::new(self.delivery.clone())
    }
}
