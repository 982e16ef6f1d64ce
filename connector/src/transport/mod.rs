//! Listeners, dialers, links and ready-made connectors for TCP, Unix sockets, WebSocket, UDP
//! and memory.
//!
//! | connections over | connector | listener | its connections | dialer |
//! |---|---|---|---|---|
//! | TCP | [`TcpConnector`] | [`Tcp`] | `TcpStream` | [`TcpDialer`] |
//! | WebSocket | [`WebSocketConnector`] | [`WebSocket`] | [`WebSocketLink`] | [`WebSocketDialer`] |
//! | TCP and WebSocket on one port | [`HybridConnector`] | [`Hybrid`] | [`HybridLink`] | either |
//! | UDP | [`UdpConnector`] | [`Udp`] | [`UdpLink`] | [`UdpDialer`] |
//! | memory, within a process | [`MemoryConnector`] | [`Memory`] | `DuplexStream` | [`MemoryDialer`] |
//! | Unix sockets | | `Unix` | `UnixStream` | `UnixDialer` |
//! | a child process's streams, with the feature `child-process` | | | `ChildStream`, `ParentStream` | `ChildProcess` |
//!
//!
//! The connectors speak pomelo's protocol. A connector of your own names one of the
//! listeners in its `#[connector(listen)]` field, see [`Connector`](crate::Connector).
//! [`WithOpeners`] adds [`Opener`]s to a listener of byte streams, such as
//! [`ProxyProtocol`] and, with the feature `tls`, `Tls`; its connections are [`Stream`]s.
//!
//! ```
//! use connector::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), ServeError> {
//! let server = Server::builder()
//!     .connector(HybridConnector::bind("127.0.0.1:0"))
//!     .connector(TcpConnector::bind("127.0.0.1:0"))
//!     .start()
//!     .await?;
//! assert_eq!(server.addresses().len(), 2);
//! server.handle().stop().await;
//! # Ok(())
//! # }
//! ```

#[cfg(all(unix, feature = "child-process"))]
mod child;
mod connectors;
mod host_port;
mod http;
mod hybrid;
mod memory;
mod opener;
mod proxy;
mod stream;
mod tcp;
mod tcp_dialer;
mod tcp_options;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;
mod tls_settings;
mod udp;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_dialer;
mod url;
mod url_dialer;
mod websocket;
mod with_openers;

pub use crate::connector::{DialError, NetworkError, SocketDialer};
#[cfg(all(unix, feature = "child-process"))]
pub use child::{ChildProcess, ChildStream, ParentStream};
pub use connectors::{
    HybridConnector, HybridSocket, MemoryConnector, MemorySocket, TcpConnector, TcpSocket,
    UdpConnector, UdpSocket, WebSocketConnector, WebSocketSocket,
};
pub use http::{Forwarded, HttpRequest, HttpResponse, WebOptions};
pub use hybrid::{Hybrid, HybridLink};
pub use memory::{Memory, MemoryDialer};
pub use opener::Opener;
pub use proxy::ProxyProtocol;
pub use stream::{Stream, StreamIo};
pub use tcp::Tcp;
pub use tcp_dialer::TcpDialer;
#[cfg(feature = "tls")]
pub use tls::{ClientPem, ServerPem, Tls, TlsConfigError, TlsHandle};
pub(crate) use tls_settings::TlsSettings;
pub use udp::{DatagramSize, Udp, UdpDialer, UdpLink};
#[cfg(unix)]
pub use unix::Unix;
#[cfg(unix)]
pub use unix_dialer::UnixDialer;
pub(crate) use url_dialer::UrlDialer;
#[cfg(feature = "deflate")]
pub use websocket::Deflate;
pub use websocket::{WebSocket, WebSocketDialer, WebSocketLink};
pub use with_openers::WithOpeners;
