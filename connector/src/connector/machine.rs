//! Which protocol runs on a socket's packages.

use std::sync::Arc;

use connector_protocol::pomelo::{ClientConfig, ClientSession, ServerConfig, ServerSession};
use connector_protocol::session::{BareSession, Session as Machine};

/// Which side of the conversation a session machine is for.
#[derive(Clone, Debug)]
pub enum Role {
    /// The side that connected.
    Client(Box<ClientConfig>),
    /// The side that accepted.
    Server(Arc<ServerConfig>),
}

/// A family of session machines, named by `#[socket(session = ..)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no session machine",
    note = "`#[socket(session = Pomelo)]` and `Bare` exist; a type of your own implements `SessionKind`"
)]
pub trait SessionKind {
    /// The machine for one side.
    fn machine(role: Role) -> Box<dyn Machine>;
}

/// Pomelo's handshake, heartbeat and kick.
#[derive(Clone, Copy, Debug)]
pub enum Pomelo {}

impl SessionKind for Pomelo {
    fn machine(role: Role) -> Box<dyn Machine> {
        match role {
            Role::Client(config) => Box::new(ClientSession::new(*config)),
            Role::Server(config) => Box::new(ServerSession::new(config)),
        }
    }
}

/// No session machine: every package is a message.
#[derive(Clone, Copy, Debug)]
pub enum Bare {}

impl SessionKind for Bare {
    fn machine(_: Role) -> Box<dyn Machine> {
        Box::new(BareSession)
    }
}
