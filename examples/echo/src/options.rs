//! The options of `echo`, and what each does to the server.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use connector::prelude::*;
use connector::protocol::pomelo::handshake::Dialect;
use connector::server::SingleSession;
use connector::transport::{Sio, Tls, WithOpeners};
use connector::{Format, Network, PomeloSchemas, PushSchedule, SioConnector};

/// The pushes that have codes, in pomelo's order. `onOther` has none.
const DICTIONARY: [&str; 4] = ["onPush", "onProtoPush", "onNotified", "onChannel"];

/// The schemas of answers and pushes, and those of requests.
const SERVER_PROTOS: &str = include_str!("../config/serverProtos.json");
const CLIENT_PROTOS: &str = include_str!("../config/clientProtos.json");

/// Serves clients over TCP and WebSocket on one port, over socket.io or over MQTT, and echoes.
#[derive(Parser)]
pub(crate) struct Options {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 picks one.
    #[arg(long, default_value_t = 3010)]
    port: u16,
    /// What the port speaks.
    #[arg(long, value_enum, default_value_t)]
    transport: Transport,
    /// Seconds between heartbeats; 0 wants none.
    #[arg(long, default_value_t = 0)]
    heartbeat: u64,
    /// Gives every route a code, as pomelo's `useDict` does.
    #[arg(long)]
    dict: bool,
    /// Speaks pomelo-protobuf on routes that have a schema in `config`.
    #[arg(long)]
    proto: bool,
    /// When messages leave.
    #[arg(long, value_enum, default_value_t)]
    scheduler: Scheduler,
    /// The dialect of all clients, whatever they say of themselves.
    #[arg(long, value_enum)]
    dialect: Option<DialectName>,
    /// The format of errors to clients of pitaya's dialect.
    #[arg(long, value_enum, default_value_t)]
    serializer: Serializer,
    /// Compresses bodies of at least this many bytes for clients that read it.
    #[arg(long)]
    compress_from: Option<usize>,
    /// The most connections at a time.
    #[arg(long)]
    max_connections: Option<usize>,
    /// An address or a network, such as 10.0.0.0/8, that may not connect. May be repeated.
    #[arg(long, value_name = "NETWORK")]
    blacklist: Vec<Network>,
    /// Lets a user have one session: the first or the last.
    #[arg(long, value_enum, value_name = "WHICH")]
    single_session: Option<Single>,
    /// Speaks TLS with this certificate and this key, files in PEM.
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Vec<PathBuf>,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Transport {
    /// TCP and WebSocket.
    #[default]
    Hybrid,
    /// MQTT 3.1, 3.1.1 and 5.
    #[cfg(feature = "mqtt")]
    Mqtt,
    /// Socket.io, as pomelo's sioconnector.
    Sio,
    /// TCP, WebSocket, socket.io and, with the feature, MQTT on one port.
    All,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Scheduler {
    /// At once.
    #[default]
    Direct,
    /// Together, every 20 milliseconds.
    Buffer,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Serializer {
    #[default]
    Json,
    Protobuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Single {
    /// A second one is refused, as in pomelo.
    First,
    /// The one before it is kicked.
    Last,
}

#[derive(Clone, Copy, ValueEnum)]
enum DialectName {
    Pomelo,
    Pitaya,
    Native,
}

impl Options {
    /// Returns a server with these options, and without handlers.
    ///
    /// # Errors
    /// The files of an option cannot be used.
    pub(crate) fn server(self) -> Result<ServerBuilder, Box<dyn std::error::Error>> {
        let mut limits = Limits::default();
        if let Some(connections) = self.max_connections {
            limits.connections = connections;
        }
        let mut listen = WithOpeners::from((&*self.host, self.port));
        if let [certificate, key] = &*self.tls {
            listen = listen.opener(Tls::from_pem_files(certificate, key)?);
        }
        let server = Server::builder();
        let mut server = match self.transport {
            Transport::Hybrid => server.connector(HybridConnector::bind(listen)),
            #[cfg(feature = "mqtt")]
            Transport::Mqtt => server.connector(connector::MqttConnector::bind(listen)),
            Transport::Sio => {
                server.connector(SioConnector::bind(Sio::new(listen, WebOptions::new())))
            }
            Transport::All => {
                let sio = Sio::beside();
                let web = WebOptions::new().sio(&sio);
                let hybrid = HybridConnector::bind(listen).web(web);
                #[cfg(feature = "mqtt")]
                let hybrid = hybrid.mqtt(connector::transport::MqttOptions::new());
                server.connector(hybrid).connector(SioConnector::bind(sio))
            }
        };
        server = server
            .heartbeat(Duration::from_secs(self.heartbeat))
            .push_schedule(self.scheduler.into())
            .serializer(self.serializer.into())
            .limits(limits)
            .block(self.blacklist);
        if let Some(which) = self.single_session {
            server = server.single_session(which.into());
        }
        if self.dict {
            server = server.number_routes(DICTIONARY);
        }
        if self.proto {
            server = server.protos(PomeloSchemas::parse(SERVER_PROTOS, CLIENT_PROTOS)?);
        }
        if let Some(dialect) = self.dialect {
            server = server.dialect(move |_| Some(dialect.into()));
        }
        if let Some(bytes) = self.compress_from {
            server = server.compress_from(bytes);
        }
        Ok(server)
    }
}

impl From<Scheduler> for PushSchedule {
    fn from(scheduler: Scheduler) -> Self {
        match scheduler {
            Scheduler::Direct => Self::Direct,
            Scheduler::Buffer => Self::buffered(),
        }
    }
}

impl From<Single> for SingleSession {
    fn from(which: Single) -> Self {
        match which {
            Single::First => Self::Refuse,
            Single::Last => Self::kick("signed in elsewhere"),
        }
    }
}

impl From<Serializer> for Format {
    fn from(serializer: Serializer) -> Self {
        match serializer {
            Serializer::Json => Self::Json,
            Serializer::Protobuf => Self::Protobuf,
        }
    }
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Self {
        match name {
            DialectName::Pomelo => Self::Pomelo,
            DialectName::Pitaya => Self::Pitaya,
            DialectName::Native => Self::Native,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_page_lists_every_option() {
        let page = include_str!("../README.md");
        let options = super::Options::command();
        let names = options.get_arguments().filter_map(|option| option.get_long());
        let missing: Vec<_> = names.filter(|name| !page.contains(&format!("`--{name}"))).collect();
        assert!(missing.is_empty(), "README.md lacks {missing:?}");
    }
}
