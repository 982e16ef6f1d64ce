//! WebTransport, by wtransport: a session over HTTP/3 with one bidirectional stream of bytes,
//! which is a socket.
//!
//! | | |
//! |---|---|
//! | the session | one a connection, asked for at a path, by pages with their `Origin` |
//! | who opens the stream | the side that dials |
//! | further streams | none is granted, so a peer that wants more waits |
//! | a regular close | the end of the stream, then that of the connection |
//! | another close | STOP_SENDING with the code that a WebSocket would have, then an application close with it, and the reason as text |

mod certificate;
pub(in crate::transport) mod code;
mod dialer;
mod failure;
mod listener;
mod session;
mod stream;

pub use certificate::{CertificateHash, CertificateHashError, SelfSigned};
pub use dialer::WebTransportDialer;
pub use listener::WebTransport;
pub(in crate::transport) use session::SessionStream;
pub use stream::WebTransportStream;

/// The name of the transport of a [`Peer`](crate::Peer).
const TRANSPORT: &str = "webtransport";
