//! Datagrams as links: a port for many, and sockets of clients.
//!
//! | | promised | not promised |
//! |---|---|---|
//! | a package | arrives whole, or not at all | that it arrives |
//! | several | | their order, nor that each arrives once |
//! | the handshake of our client | is sent again until it is answered, its ack too | that of others, unless they do it |
//! | an ack that was lost | the first message or heartbeat behind it takes its place | |
//! | the end of a session | is announced by a datagram, once | that it arrives: heartbeats notice |
//!
//! So a request may stay without an answer, and one that the network has doubled is handled
//! twice: repeat those that may run twice, and let pushes carry the whole state, or a number.
//!
//! On the wire a datagram is a package of pomelo's, or several one after the other. An empty
//! datagram ends a session, and answers one of an address that has none, so that a client
//! whose server has started anew knows at once. Pomelo's own connector ends its sessions by it
//! too.
//!
//! Who can forge a client's address can speak for it: nothing here is signed or encrypted.
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
