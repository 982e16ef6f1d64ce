//! The options of the load.

use bench::greet::Body;
use clap::{Parser, ValueEnum};

use crate::dialect::Dialect;
use crate::events::Events;
use crate::greet::Greet;
use crate::lines::{BareLines, Lines};
use crate::messages::Messages;
use crate::packages::Packages;
use crate::published::Published;
use crate::socket::Place;

/// Keeps requests in flight and counts the answers.
#[derive(Parser)]
pub(crate) struct Options {
    /// The port of the server on 127.0.0.1, or the path of its Unix socket.
    #[arg(long, value_name = "PORT|PATH")]
    pub(crate) port: Place,
    /// The protocol of the port.
    #[arg(long)]
    speaks: Speaks,
    /// Compresses WebSocket messages, each by itself.
    #[arg(long)]
    deflate: bool,
    /// Speaks TLS.
    #[arg(long)]
    pub(crate) tls: bool,
    /// The number of connections.
    #[arg(long, default_value_t = 50)]
    pub(crate) connections: usize,
    /// Requests in flight on each connection.
    #[arg(long, default_value_t = 1)]
    pub(crate) depth: usize,
    /// Sends one request for this many lines to every connection, and the next
    /// after all of them have arrived, in place of requests with an answer each.
    #[arg(long)]
    pub(crate) lines: Option<usize>,
    /// Bytes in each package or message that is echoed. Default: those of a
    /// greeting, or 64 in a WebSocket message.
    #[arg(long)]
    size: Option<usize>,
    /// The form of the route.
    #[arg(long, default_value = "name")]
    route: RouteForm,
    /// The format of bodies.
    #[arg(long, default_value = "json")]
    body: BodyForm,
    /// Seconds of load before the first count: peers compile while they run.
    #[arg(long, default_value_t = 0.5)]
    pub(crate) settle: f64,
    /// Seconds of load before each count.
    #[arg(long, default_value_t = 0.1)]
    pub(crate) warm: f64,
    /// Seconds of each count.
    #[arg(long, default_value_t = 0.3)]
    pub(crate) seconds: f64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Speaks {
    /// Packages, echoed.
    Packages,
    /// Pomelo, with its handshake.
    Pomelo,
    /// WebSocket messages, echoed.
    Websocket,
    /// Socket.io's events with pomelo's texts.
    Socketio,
    /// The same, echoed.
    SocketioEcho,
    /// MQTT.
    Mqtt,
    /// MQTT to a broker, behind which a program answers.
    MqttBroker,
}

/// The form of a route.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum RouteForm {
    /// As text.
    Name,
    /// As its code in the server's dictionary.
    Code,
}

#[derive(Clone, Copy, ValueEnum)]
enum BodyForm {
    Json,
    Protobuf,
    PomeloProtobuf,
}

impl Options {
    /// Returns the dialect of the load.
    pub(crate) fn dialect(&self) -> Box<dyn Dialect> {
        let body = match self.body {
            BodyForm::Json => Body::Json,
            BodyForm::Protobuf => Body::Protobuf,
            BodyForm::PomeloProtobuf => Body::PomeloProtobuf,
        };
        match (self.speaks, self.lines) {
            (Speaks::Packages, None) => Box::new(Packages::new(self.size)),
            (Speaks::Packages, Some(_)) => Box::new(BareLines),
            (Speaks::Pomelo, None) => Box::new(Greet::new(self.route, body)),
            (Speaks::Pomelo, Some(lines)) => Box::new(Lines(lines)),
            (Speaks::Websocket, _) if self.deflate => Box::new(Messages::deflated(self.size)),
            (Speaks::Websocket, _) => Box::new(Messages::new(self.size)),
            (Speaks::Socketio, _) => Box::new(Events { is_echoed: false }),
            (Speaks::SocketioEcho, _) => Box::new(Events { is_echoed: true }),
            (Speaks::Mqtt, _) => Box::new(Published::new(false)),
            (Speaks::MqttBroker, _) => Box::new(Published::new(true)),
        }
    }
}
