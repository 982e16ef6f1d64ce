//! What the load is to be.

use bench::greet::Body;
use clap::{Parser, ValueEnum};

use crate::greet::Greet;
use crate::lines::{BareLines, Lines};
use crate::messages::Messages;
use crate::packages::Packages;
use crate::speech::Speech;

/// Keeps requests in flight and counts the answers.
#[derive(Parser)]
pub(crate) struct Options {
    /// The port on 127.0.0.1.
    #[arg(long)]
    pub(crate) port: u16,
    /// What the port speaks.
    #[arg(long)]
    speaks: Speaks,
    /// Connections.
    #[arg(long, default_value_t = 50)]
    pub(crate) connections: usize,
    /// Requests in flight on each.
    #[arg(long, default_value_t = 1)]
    pub(crate) depth: usize,
    /// Instead of requests and answers: one request for so many lines to every
    /// connection, once all of the last ones have come.
    #[arg(long)]
    pub(crate) lines: Option<usize>,
    /// Bytes in each package or message that is echoed, instead of those of a
    /// greeting.
    #[arg(long)]
    size: Option<usize>,
    /// How the route is written.
    #[arg(long, default_value = "name")]
    route: RouteForm,
    /// How bodies are written.
    #[arg(long, default_value = "json")]
    body: BodyForm,
    /// Seconds before the load says that it is open: peers compile while they run.
    #[arg(long, default_value_t = 0.5)]
    pub(crate) settle: f64,
    /// Seconds before each count begins.
    #[arg(long, default_value_t = 0.1)]
    pub(crate) warm: f64,
    /// Seconds of each count.
    #[arg(long, default_value_t = 0.3)]
    pub(crate) seconds: f64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Speaks {
    /// Packages, sent back as they are.
    Packages,
    /// Pomelo, with its handshake.
    Pomelo,
    /// WebSocket messages, sent back as they are.
    Websocket,
}

/// How a route is written.
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
}

impl Options {
    /// What is said to the server.
    pub(crate) fn speech(&self) -> Box<dyn Speech> {
        let body = match self.body {
            BodyForm::Json => Body::Json,
            BodyForm::Protobuf => Body::Protobuf,
        };
        match (self.speaks, self.lines) {
            (Speaks::Packages, None) => Box::new(Packages::new(self.size)),
            (Speaks::Packages, Some(_)) => Box::new(BareLines),
            (Speaks::Pomelo, None) => Box::new(Greet::new(self.route, body)),
            (Speaks::Pomelo, Some(lines)) => Box::new(Lines(lines)),
            (Speaks::Websocket, _) => Box::new(Messages::new(self.size)),
        }
    }
}
