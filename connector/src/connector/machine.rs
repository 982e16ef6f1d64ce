//! The protocols that run on a socket's packages.

use std::sync::Arc;

use connector_protocol::pomelo::{ClientSession, ServerSession};
use connector_protocol::session::{BareSession, ClientSettings, Machine, ServerSettings};

/// The side of a session that a machine is for, with its settings.
#[derive(Clone, Debug)]
pub enum Role {
    /// The side that connected.
    Client(Box<ClientSettings>),
    /// The side that accepted.
    Server(Arc<ServerSettings>),
}

/// A family of session machines, named by `#[socket(session = ..)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `SessionKind`",
    note = "`#[socket(session = Pomelo)]` and `Bare` exist; a type of your own implements `SessionKind`"
)]
pub trait SessionKind {
    /// Creates the machine for one side.
    fn machine(role: Role) -> Box<dyn Machine>;
}

/// The session machines of pomelo: handshake, heartbeat and kick.
#[derive(Clone, Copy, Debug)]
pub enum Pomelo {}

impl SessionKind for Pomelo {
    fn machine(role: Role) -> Box<dyn Machine> {
        match role {
            Role::Client(settings) => Box::new(ClientSession::new(&settings)),
            Role::Server(settings) => Box::new(ServerSession::new(settings)),
        }
    }
}

/// A session machine without handshake, heartbeat and kick: every package is a message.
#[derive(Clone, Copy, Debug)]
pub enum Bare {}

impl SessionKind for Bare {
    fn machine(_: Role) -> Box<dyn Machine> {
        Box::new(BareSession)
    }
}
