//! QUIC, by quinn: a connection is one bidirectional stream of bytes, which is a socket.
//!
//! | | |
//! |---|---|
//! | who opens the stream | the side that dials, or the other one by `server_first`; its peer sees it with its first byte |
//! | further streams, datagrams | none is granted, so a peer that wants more waits |
//! | the protocol's name (ALPN) | `connector`, or another by `alpn`; both sides must name the same |
//! | 0-RTT | off, since what it carries can be replayed |
//! | a regular close | the end of the stream, then an application close with code 0 |
//! | another close | the same with the code that a WebSocket would have, and the reason as text |

pub(in crate::transport) mod close;
mod dialer;
pub(in crate::transport) mod ends;
pub(in crate::transport) mod failure;
mod io;
mod listener;
pub(in crate::transport) mod port;
pub(in crate::transport) mod race;
pub(in crate::transport) mod settings;
mod stream;

pub use dialer::QuicDialer;
#[cfg(feature = "webtransport")]
pub(in crate::transport) use dialer::{resolve, socket_to};
pub use io::QuicIo;
pub use listener::Quic;
pub use stream::QuicStream;
#[cfg(feature = "webtransport")]
pub(in crate::transport) use stream::facts;

/// The name of the transport of a [`Peer`](crate::Peer).
const TRANSPORT: &str = "quic";
