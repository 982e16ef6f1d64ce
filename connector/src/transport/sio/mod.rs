//! Sessions of socket.io: over WebSocket, over requests that wait, and from these to that.
//!
//! A [`SioLink`] over WebSocket owns its connection, and costs what one without socket.io costs:
//! an event is unescaped in the buffer that it was read into. A session that polls has no
//! connection of its own: it is shared ([`polled`]) by its link and the requests that name it,
//! each of which is answered in the task of its connection ([`visit`]).
//!
//! Outgoing packages are framed for a WebSocket in both cases, since a link's frame never
//! changes: a poll takes the frames off again, and a session that moves to its WebSocket sends
//! those on that no poll has taken. A client's side is the same, with requests of its own
//! ([`asking`]).

mod asking;
mod dialer;
mod exchange;
mod frame;
mod link;
mod listener;
mod polled;
mod polling;
mod port;
mod probe;
mod pulse;
mod reader;
mod visit;
mod visitors;

pub use dialer::SioDialer;
pub use link::SioLink;
pub use listener::Sio;
pub(in crate::transport) use port::Handle;

/// The name of the transport.
const TRANSPORT: &str = "socket.io";
