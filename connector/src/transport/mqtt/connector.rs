//! The connector for MQTT.

use super::{Mqtt, MqttLink, MqttOptions};
use crate::codec::PomeloCodec;
use crate::transport::connectors::session_of_link;
use crate::{Config, Peer};
use connector_macros::Connector;

/// A connector for MQTT 3.1, 3.1.1 and 5 over TCP: pomelo's mqttconnector. What a topic means
/// is in [`protocol::mqtt`](connector_protocol::mqtt).
///
/// Clients authenticate by the handshake hooks: `hello.user` has the members `clientId`,
/// `username` and `password`, and `hello.client.details` the whole
/// [`Connect`](connector_protocol::mqtt::Connect). A refusal's code is one of
/// [`code`](connector_protocol::mqtt::code), 1 to 5 of MQTT 3, or 401, 403 and 503 of HTTP.
///
/// Messages are pomelo's until the link makes packets of them, so an overridden `encode` or
/// `decode` writes and reads those.
///
/// | of the standard | here |
/// |---|---|
/// | session | ends with its connection: the session is never present |
/// | keep-alive | of the client's choice; one and a half times as long may nothing arrive. 0: [`Config::idle_timeout`] |
/// | QoS 2 | refused: DISCONNECT with reason 0x9B in MQTT 5, a close before |
/// | retained messages | none: reason 0x9A in MQTT 5, before it the flag is ignored |
/// | will | is not delivered by itself, see [`Will`](connector_protocol::mqtt::Will) |
/// | CONNACK | has the application's data as the user property `user` in MQTT 5, unless that is longer than 65,535 bytes or than the client takes |
/// | client id | a new connection takes it over, once it is accepted |
/// | SUBSCRIBE | is granted, and changes nothing: pushes go to sessions, as in pomelo |
/// | a kick | DISCONNECT with reason 0x98 and the reason in words in MQTT 5, before it a PUBLISH to `onKick` |
///
/// ```
/// use connector::prelude::*;
/// use connector::protocol::mqtt::{Connect, code};
/// use connector::protocol::session::{Answer, Hello};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ServeError> {
/// let server = Server::builder()
///     .connector(connector::MqttConnector::bind("127.0.0.1:0"))
///     .on_handshake(|session, hello: Hello| async move {
///         let Some(connect) = hello.client.details.get::<Connect>() else {
///             return Answer::Refuse { code: code::UNSPECIFIED.into() };
///         };
///         match (&connect.user_name, &connect.password) {
///             (Some(name), Some(password)) if &**password == b"secret" => {
///                 let _ = session.bind(name);
///                 Answer::Accept { user: None }
///             }
///             _ => Answer::Refuse { code: code::BAD_USER.into() },
///         }
///     })
///     .on_close(|session, reason| {
///         let connect = session.client().and_then(|client| client.details.get::<Connect>());
///         if let Some(will) = connect.and_then(|connect| connect.will_after(reason)) {
///             println!("{} left {:?} behind", will.topic, will.payload);
///         }
///     })
///     .start()
///     .await?;
/// # server.handle().stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Connector, Debug)]
#[connector(socket = MqttSocket, codec = PomeloCodec, crate = "crate")]
pub struct MqttConnector {
    #[connector(listen)]
    port: Mqtt,
    #[connector(config)]
    config: Config,
}

impl MqttConnector {
    /// Sets the meaning of topics, and what may be unacknowledged. Default:
    /// [`MqttOptions::new`].
    #[must_use]
    pub fn options(mut self, options: MqttOptions) -> Self {
        self.port.set_options(options);
        self
    }
}

/// A socket of MQTT's messages, at either end.
#[derive(Debug)]
pub struct MqttSocket {
    link: MqttLink,
    peer: Peer,
}

session_of_link!(MqttSocket, MqttLink, Each);
