//! Listeners, dialers, links and ready-made connectors for TCP, Unix sockets, WebSocket, UDP
//! and memory.
//!
//! | connections over | connector | listener | its connections | dialer |
//! |---|---|---|---|---|
//! | TCP | [`TcpConnector`] | [`Tcp`] | `TcpStream` | [`TcpDialer`] |
//! | WebSocket | [`WebSocketConnector`] | [`WebSocket`] | [`WebSocketLink`] | [`WebSocketDialer`] |
//! | TCP and WebSocket on one port | [`HybridConnector`] | [`Hybrid`] | [`HybridLink`] | either |
//! | UDP | [`UdpConnector`] | [`Udp`] | [`UdpLink`] | [`UdpDialer`] |
//! | MQTT, with the feature `mqtt` | `MqttConnector` | `Mqtt` | `MqttLink` | `MqttDialer` |
//! | QUIC, with the feature `quic` | `QuicConnector` | `Quic` | `QuicStream` | `QuicDialer` |
//! | WebTransport, with the feature `webtransport` | `WebTransportConnector` | `WebTransport` | `WebTransportStream` | `WebTransportDialer` |
//! | socket.io, with the feature `sio` | `SioConnector` | `Sio` | `SioLink` | `SioDialer` |
//! | memory that processes share, with the feature `shared-memory`, on Linux | `SharedMemoryConnector` | `SharedMemory` | `SharedMemoryStream` | `SharedMemoryDialer` |
//! | memory, within a process | [`MemoryConnector`] | [`Memory`] | `DuplexStream` | [`MemoryDialer`] |
//! | Unix sockets | | `Unix` | `UnixStream` | `UnixDialer` |
//! | named pipes of Windows | | `Pipe` | `NamedPipeServer`, `NamedPipeClient` | `PipeDialer` |
//! | a child process's streams, with the feature `child-process` | | `Parent` in the child | `ParentStream`, `ChildStream` | `ChildProcess` |
//!
//! The connectors speak pomelo's protocol. A connector of your own names one of the
//! listeners in its `#[connector(listen)]` field, see [`Connector`](crate::Connector).
//! [`WithOpeners`] adds [`Opener`]s to a listener of byte streams, such as
//! [`ProxyProtocol`] and, with the feature `tls`, `Tls`, or to a dialer, such as [`SendProxy`]; its
//! connections are [`Stream`]s.
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
#[cfg(feature = "mqtt")]
mod mqtt;
mod opener;
#[cfg(any(windows, test))]
mod pipe;
mod proxy;
#[cfg(feature = "quic")]
mod quic;
#[cfg(all(target_os = "linux", feature = "shared-memory"))]
mod shared_memory;
#[cfg(feature = "sio")]
mod sio;
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
mod udp_socket;
#[cfg(unix)]
mod unix;
mod url;
mod url_dialer;
mod websocket;
#[cfg(feature = "webtransport")]
mod webtransport;
mod with_openers;
mod write_all;

pub use crate::connector::{DialError, NetworkError, SocketDialer};
#[cfg(all(unix, feature = "child-process"))]
pub use child::{ChildProcess, ChildStream, Parent, ParentStream};
pub use connectors::{
    HybridConnector, HybridSocket, MemoryConnector, MemorySocket, TcpConnector, TcpSocket,
    UdpConnector, UdpSocket, WebSocketConnector, WebSocketSocket,
};
#[cfg(feature = "quic")]
pub use connectors::{QuicConnector, QuicSocket};
#[cfg(all(target_os = "linux", feature = "shared-memory"))]
pub use connectors::{SharedMemoryConnector, SharedMemorySocket};
#[cfg(feature = "sio")]
pub use connectors::{SioConnector, SioSocket};
#[cfg(feature = "webtransport")]
pub use connectors::{WebTransportConnector, WebTransportSocket};
pub use http::{Forwarded, HttpRequest, HttpResponse, WebOptions};
pub use hybrid::{Hybrid, HybridLink};
pub use memory::{Memory, MemoryDialer};
#[cfg(feature = "mqtt")]
pub use mqtt::{Mqtt, MqttConnector, MqttDialer, MqttLink, MqttOptions, MqttSocket};
pub use opener::Opener;
#[cfg(windows)]
pub use pipe::{Pipe, PipeDialer};
pub use proxy::{ProxyProtocol, SendProxy};
#[cfg(feature = "quic")]
pub use quic::{Quic, QuicDialer, QuicIo, QuicStream};
#[cfg(all(target_os = "linux", feature = "shared-memory"))]
pub use shared_memory::{SharedMemory, SharedMemoryDialer, SharedMemoryIo, SharedMemoryStream};
#[cfg(feature = "sio")]
pub use sio::{Sio, SioDialer, SioLink};
pub use stream::{Stream, StreamIo};
pub use tcp::Tcp;
pub use tcp_dialer::TcpDialer;
#[cfg(feature = "tls")]
pub use tls::{ClientPem, ServerPem, Tls, TlsConfigError, TlsHandle};
pub(crate) use tls_settings::TlsSettings;
pub use udp::{DatagramSize, Udp, UdpDialer, UdpLink};
#[cfg(unix)]
pub use unix::{Unix, UnixDialer};
pub(crate) use url_dialer::UrlDialer;
#[cfg(feature = "deflate")]
pub use websocket::Deflate;
pub use websocket::{WebSocket, WebSocketDialer, WebSocketLink};
#[cfg(feature = "webtransport")]
pub use webtransport::{
    CertificateHash, CertificateHashError, SelfSigned, WebTransport, WebTransportDialer,
    WebTransportStream,
};
pub use with_openers::WithOpeners;
