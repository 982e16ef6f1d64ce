//! Datagrams as links: a port for many, and sockets of clients.
//!
//! What sessions over UDP promise is told at [`UdpConnector`](super::UdpConnector).
//!
//! On the wire a datagram is a package of pomelo's, or several one after the other. An empty
//! datagram ends a session, and answers one of an address that has none, so that a client
//! whose server has started anew knows at once. Pomelo's own connector ends its sessions by it
//! too.
//!
//! Each datagram is a system call in both directions, until none is left: those that have
//! arrived together are handled together, and their answers leave together.

mod dialed;
mod dialer;
mod link;
mod listener;
mod mailbox;
mod peers;
mod port;
mod proof;
mod repeat;
mod rules;
mod served;
mod size;

pub use dialer::UdpDialer;
pub use link::UdpLink;
pub use listener::Udp;
pub use size::DatagramSize;

/// The name of the transport.
const TRANSPORT: &str = "udp";
