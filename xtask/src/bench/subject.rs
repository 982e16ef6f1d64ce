//! Servers and loads.

/// A server under a load, which is the subject of one measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) server: Server,
    pub(crate) load: Load,
}

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// The name in tables and pictures.
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    pub(crate) arguments: &'static [&'static str],
}

/// The origin of a server's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// A binary of this workspace.
    Built(&'static str),
    /// The same binary, built from the commit of `--against`.
    Revision(&'static str),
    /// A script for Node, in a folder with npm packages.
    Node { folder: &'static str, script: &'static str },
    /// A Go program's folder.
    Go(&'static str),
}

const fn built(name: &'static str, program: &'static str) -> Server {
    Server { name, program: Program::Built(program), arguments: &[] }
}

/// The name of our own servers.
const OURS: &str = "ours";
/// The name of our servers that are built from the commit of `--against`.
const OTHER_COMMIT: &str = "the other commit";

/// Our whole stack: hybrid connector, session, codec, handler.
pub(crate) const ECHO: Server = Server { arguments: &["--port", "0"], ..built(OURS, "echo") };
/// The same stack with schemas of pomelo-protobuf.
pub(crate) const ECHO_PROTO: Server = Server { arguments: &["--port", "0", "--proto"], ..ECHO };
/// The same stack, which sends every 20 milliseconds.
pub(crate) const ECHO_BUFFER: Server =
    Server { arguments: &["--port", "0", "--scheduler", "buffer"], ..ECHO };
/// The same stack over socket.io.
pub(crate) const ECHO_SIO: Server =
    Server { arguments: &["--port", "0", "--transport", "sio"], ..ECHO };
/// The same stack over MQTT.
pub(crate) const ECHO_MQTT: Server =
    Server { arguments: &["--port", "0", "--transport", "mqtt"], ..ECHO };
/// The same stack with a route by its code and bodies in the client's format.
pub(crate) const GREET: Server = built(OURS, "bench-greet");
/// The greeting by a route that never waits.
pub(crate) const PLAIN: Server = built(OURS, "bench-plain");
/// The same, with a filter that does nothing in front of another handler's calls.
pub(crate) const PLAIN_UNFILTERED: Server = Server { arguments: &["--filter", "others"], ..PLAIN };
/// The same, with that filter in front of all calls.
pub(crate) const PLAIN_FILTERED: Server = Server { arguments: &["--filter", "all"], ..PLAIN };
/// Our WebSocket framing alone.
pub(crate) const WEBSOCKET: Server = built(OURS, "bench-websocket");
/// The same with compressed messages.
pub(crate) const DEFLATE: Server = Server { arguments: &["--deflate"], ..WEBSOCKET };
/// Our server, broadcasting lines.
pub(crate) const BROADCAST: Server = built(OURS, "bench-broadcast");
/// The same greeting without session, limits and dispatch.
pub(crate) const BY_HAND: Server = built("by hand", "bench-by-hand");
pub(crate) const RAW_TOKIO: Server = built("raw tokio", "bench-raw-tokio");
pub(crate) const RAW_MIO: Server = built("raw mio", "bench-raw-mio");
/// Our TLS and framing alone.
pub(crate) const TLS: Server = built(OURS, "bench-tls");
pub(crate) const RAW_TLS: Server = built("tokio-rustls", "bench-raw-tls");
/// Our QUIC and framing alone.
pub(crate) const QUIC: Server = built(OURS, "bench-quic");
pub(crate) const RAW_QUIC: Server = built("quinn", "bench-raw-quic");
/// Our links and framing over a Unix socket.
pub(crate) const UNIX: Server = built(OURS, "bench-unix");
pub(crate) const RAW_UNIX: Server = built("raw tokio", "bench-raw-unix");
/// The same over shared memory.
pub(crate) const SHARED_MEMORY: Server = built(OURS, "bench-shared-memory");
/// What stands beside loads that need no server.
pub(crate) const NO_SERVER: Server = built("none", "bench-memory");
pub(crate) const SOCKUDO: Server = built("sockudo-ws", "bench-sockudo");
pub(crate) const TUNGSTENITE: Server = built("tokio-tungstenite", "bench-tungstenite");
pub(crate) const SEND_LOOP: Server = Server {
    arguments: &["--connections", "10000", "--lines", "1"],
    ..built("bare send loop", "bench-send-loop")
};
pub(crate) const SEND_LOOP_OF_TEN: Server =
    Server { arguments: &["--connections", "10000", "--lines", "10"], ..SEND_LOOP };
pub(crate) const POMELO: Server = Server {
    name: "pomelo 2.2.7",
    program: Program::Node { folder: "tests/peers", script: "pomelo-server.js" },
    arguments: &["--heartbeat", "0"],
};
pub(crate) const POMELO_PROTO: Server =
    Server { arguments: &["--heartbeat", "0", "--proto"], ..POMELO };
pub(crate) const POMELO_BUFFER: Server =
    Server { arguments: &["--heartbeat", "0", "--scheduler", "buffer"], ..POMELO };
pub(crate) const NODE_WS: Server = Server {
    name: "Node ws",
    program: Program::Node { folder: "bench/peers/ws", script: "echo.js" },
    arguments: &[],
};
pub(crate) const NODE_WS_DEFLATE: Server = Server { arguments: &["--deflate"], ..NODE_WS };
pub(crate) const SOCKETIOXIDE: Server = built("socketioxide", "bench-socketioxide");
pub(crate) const NODE_SOCKETIO: Server = Server {
    name: "Node socket.io",
    program: Program::Node { folder: "bench/peers/socketio", script: "greet.js" },
    arguments: &[],
};
/// A broker and a program that answers, in one process.
pub(crate) const AEDES: Server = Server {
    name: "aedes and a responder",
    program: Program::Node { folder: "bench/peers/aedes", script: "greet.js" },
    arguments: &[],
};
pub(crate) const PITAYA: Server =
    Server { name: "pitaya", program: Program::Go("bench/peers/pitaya"), arguments: &[] };
pub(crate) const NANO: Server =
    Server { name: "nano", program: Program::Go("bench/peers/nano"), arguments: &[] };

/// The released Remix plugin.
pub(crate) const RELEASED_PLUGIN: Server = Server {
    name: "released plugin 0.3.44",
    program: Program::Node { folder: "tests/peers", script: "remix-plugin.js" },
    arguments: &[],
};
/// Our Remix plugin.
pub(crate) const PLUGIN: Server = built("our plugin", "bench-remix-plugin");

/// A load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) speaks: Speaks,
    pub(crate) connections: usize,
    pub(crate) exchange: Exchange,
    pub(crate) cost: Cost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// Packages as long as a greeting, echoed.
    Packages,
    /// Packages with bodies of this many bytes, echoed.
    PackagesOf(usize),
    /// The same packages as [`Speaks::Packages`] within TLS.
    TlsPackages,
    /// The same packages on a stream of QUIC.
    QuicPackages,
    /// Greetings, route by name and body in JSON.
    Pomelo,
    /// Greetings, route by code and body in JSON.
    PomeloByCode,
    /// The same values in pomelo-protobuf, echoed by the route that has schemas.
    PomeloProtobuf,
    /// Greetings, route by code and body in protobuf.
    PomeloInBytes,
    /// Messages of 64 bytes.
    WebSocket,
    /// Messages of 1,024 bytes, which are compressed.
    Deflate,
    /// Greetings in events of socket.io over WebSocket.
    SocketIo,
    /// The same events, echoed.
    SocketIoEcho,
    /// Greetings in PUBLISH packets at QoS 0.
    Mqtt,
    /// The same to a broker, behind which a program answers.
    MqttBroker,
    /// Calls of our Remix engine.
    Remix,
    /// Calls of the released Remix engine.
    ReleasedRemix,
    /// The same past that engine's queue, which lets one call at a time through.
    ReleasedRemixAtOnce,
    /// Packages of this many bytes over a bare socket under tokio, echoed.
    Tokio(usize),
    /// Messages back and forth between two tasks, over our link in memory.
    LocalLink,
    /// The same messages over a pair of tokio's channels.
    Channels,
    /// Packages with bodies of this many bytes by our client's links over a Unix socket, echoed.
    UnixLink(usize),
    /// The same over shared memory.
    SharedMemory(usize),
}

/// What a message costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Processor time of the server.
    Server,
    /// Processor time of the server and of the load together, on one core.
    Both,
    /// Time on the clock.
    Elapsed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// This many requests in flight on each connection.
    Depth(usize),
    /// This many lines at once to every connection.
    Lines(usize),
}

/// Connections, unless a row is about their number.
pub(crate) const CONNECTIONS: usize = 50;

impl Speaks {
    /// Returns a load of [`CONNECTIONS`] with this many requests in flight on each.
    pub(crate) const fn at_depth(self, depth: usize) -> Load {
        let exchange = Exchange::Depth(depth);
        Load { speaks: self, connections: CONNECTIONS, exchange, cost: Cost::Server }
    }

    /// Returns a load of this many lines at once to each of 10,000 connections.
    pub(crate) const fn lines(self, lines: usize) -> Load {
        let exchange = Exchange::Lines(lines);
        Load { speaks: self, connections: 10_000, exchange, cost: Cost::Server }
    }

    /// Returns a load of one connection with this many calls in flight, by what it costs.
    pub(crate) const fn calls(self, depth: usize, cost: Cost) -> Load {
        Load { speaks: self, connections: 1, exchange: Exchange::Depth(depth), cost }
    }
}

impl Load {
    /// Returns the same load on this many connections.
    pub(crate) const fn on(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    /// Returns the program that makes it.
    pub(crate) fn program(&self) -> Program {
        match self.speaks {
            Speaks::Remix | Speaks::Tokio(_) => Program::Built("bench-remix-engine"),
            Speaks::QuicPackages => Program::Built("bench-quic-load"),
            Speaks::LocalLink | Speaks::Channels => Program::Built("bench-memory"),
            Speaks::UnixLink(_) | Speaks::SharedMemory(_) => Program::Built("bench-link"),
            Speaks::ReleasedRemix | Speaks::ReleasedRemixAtOnce => {
                Program::Node { folder: "tests/peers", script: "remix-load.js" }
            }
            _ => Program::Built("bench-load"),
        }
    }

    /// Returns the arguments for its program.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let speaks = match self.speaks {
            Speaks::Packages => "--speaks packages".to_owned(),
            Speaks::PackagesOf(size) => format!("--speaks packages --size {size}"),
            Speaks::TlsPackages => "--speaks packages --tls".to_owned(),
            Speaks::Pomelo => "--speaks pomelo".to_owned(),
            Speaks::PomeloByCode => "--speaks pomelo --route code".to_owned(),
            Speaks::PomeloProtobuf => "--speaks pomelo --body pomelo-protobuf".to_owned(),
            Speaks::PomeloInBytes => "--speaks pomelo --route code --body protobuf".to_owned(),
            Speaks::WebSocket => "--speaks websocket".to_owned(),
            Speaks::SocketIo => "--speaks socketio".to_owned(),
            Speaks::SocketIoEcho => "--speaks socketio-echo".to_owned(),
            Speaks::Mqtt => "--speaks mqtt".to_owned(),
            Speaks::MqttBroker => "--speaks mqtt-broker".to_owned(),
            Speaks::Deflate => "--speaks websocket --deflate --size 1024".to_owned(),
            Speaks::QuicPackages | Speaks::Remix | Speaks::ReleasedRemix | Speaks::LocalLink => {
                String::new()
            }
            Speaks::Channels => "--channels".to_owned(),
            Speaks::UnixLink(size) => format!("--size {size}"),
            Speaks::SharedMemory(size) => format!("--shared --size {size}"),
            Speaks::ReleasedRemixAtOnce => "--at-once".to_owned(),
            Speaks::Tokio(size) => format!("--bare {size}"),
        };
        let exchange = match self.exchange {
            Exchange::Depth(depth) => format!("--depth {depth}"),
            Exchange::Lines(lines) => format!("--lines {lines}"),
        };
        let connections = match self.connections {
            1 => String::new(),
            connections => format!("--connections {connections}"),
        };
        let arguments = format!("{speaks} {exchange} {connections}");
        arguments.split_whitespace().map(str::to_owned).collect()
    }
}

impl Program {
    /// The binary of this workspace, if it is one.
    pub(crate) fn built(self) -> Option<&'static str> {
        match self {
            Self::Built(name) => Some(name),
            Self::Revision(_) | Self::Node { .. } | Self::Go(_) => None,
        }
    }
}

impl Server {
    /// Checks that the server is one of ours.
    pub(crate) fn is_ours(&self) -> bool {
        self.name == OURS
    }

    /// The same server, built from the commit of `--against`.
    pub(crate) fn of_revision(self) -> Self {
        match self.program {
            Program::Built(name) => {
                Self { name: OTHER_COMMIT, program: Program::Revision(name), ..self }
            }
            Program::Revision(_) | Program::Node { .. } | Program::Go(_) => self,
        }
    }

    /// This server under a load.
    pub(crate) const fn under(self, load: Load) -> Subject {
        Subject { server: self, load }
    }
}
