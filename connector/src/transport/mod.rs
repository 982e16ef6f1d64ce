//! Listeners, links and ready-made connectors for TCP, Unix sockets, WebSocket and
//! memory.
//!
//! | connections over | connector | listener | its connections |
//! |---|---|---|---|
//! | TCP | [`TcpConnector`] | [`Tcp`] | `TcpStream` |
//! | WebSocket | [`WebSocketConnector`] | [`WebSocket`] | [`WebSocketLink`] |
//! | TCP and WebSocket on one port | [`HybridConnector`] | [`Hybrid`] | [`HybridLink`] |
//! | memory, within a process | [`MemoryConnector`] | [`Memory`] | `DuplexStream` |
//! | Unix sockets | | `Unix` | `UnixStream` |
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

mod connectors;
pub(crate) mod dial;
mod http;
mod hybrid;
mod memory;
mod opener;
mod proxy;
mod stream;
mod tcp;
mod tcp_options;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;
mod tls_settings;
#[cfg(unix)]
mod unix;
pub(crate) mod url;
mod websocket;
mod with_openers;

pub use crate::connector::NetworkError;
pub use connectors::{
    HybridConnector, HybridSocket, MemoryConnector, MemorySocket, TcpConnector, TcpSocket,
    WebSocketConnector, WebSocketSocket,
};
pub use dial::DialError;
pub(crate) use dial::dial;
pub use http::{Forwarded, HttpRequest, HttpResponse, WebOptions};
pub use hybrid::{Hybrid, HybridLink};
pub use memory::{Memory, MemoryDialer};
pub use opener::Opener;
pub use proxy::ProxyProtocol;
pub use stream::{Stream, StreamIo};
pub use tcp::Tcp;
#[cfg(feature = "tls")]
pub use tls::{ClientPem, ServerPem, Tls, TlsConfigError, TlsHandle};
pub(crate) use tls_settings::TlsSettings;
#[cfg(unix)]
pub use unix::Unix;
pub(crate) use url::Target;
pub use websocket::{WebSocket, WebSocketLink};
pub use with_openers::WithOpeners;
