//! Where connections arrive, and the links that carry them.

mod hybrid;
mod memory;
mod tcp;
#[cfg(unix)]
mod unix;
mod web;
mod websocket;

pub use hybrid::{Hybrid, HybridLink};
pub use memory::{Memory, MemoryDialer};
pub use tcp::Tcp;
#[cfg(unix)]
pub use unix::Unix;
pub use web::{HttpRequest, HttpResponse, WebOptions};
pub use websocket::{WebSocket, WebSocketLink};
