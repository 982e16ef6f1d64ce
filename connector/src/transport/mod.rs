//! Where connections arrive, and the links that carry them.

mod connectors;
pub(crate) mod dial;
mod http;
mod hybrid;
mod memory;
mod network;
mod opener;
mod proxy;
mod stream;
mod tcp;
#[cfg(test)]
mod tests;
#[cfg(unix)]
mod unix;
pub(crate) mod url;
mod websocket;
mod with_openers;

pub use connectors::{
    HybridConnector, HybridSocket, MemoryConnector, MemorySocket, TcpConnector, TcpSocket,
    WebSocketConnector, WebSocketSocket,
};
pub use dial::DialError;
pub(crate) use dial::dial;
pub use http::{HttpRequest, HttpResponse, WebOptions};
pub use hybrid::{Hybrid, HybridLink};
pub use memory::{Memory, MemoryDialer};
pub use network::NetworkError;
pub use opener::Opener;
pub use proxy::ProxyProtocol;
pub use stream::{Stream, StreamIo};
pub use tcp::Tcp;
#[cfg(unix)]
pub use unix::Unix;
pub(crate) use url::Target;
pub use websocket::{WebSocket, WebSocketLink};
pub use with_openers::WithOpeners;
