//! Shared memory: the bytes of large messages by iceoryx2, all else by a Unix socket.
//!
//! | | |
//! |---|---|
//! | who dials | connects to the Unix socket at a path; both sides say hello, see `hello.rs` |
//! | small writes | travel over the socket, in frames, see `frame.rs` |
//! | large writes | are written once, into memory that the peer reads; a frame of 5 bytes tells it |
//! | the memory | one iceoryx2 service for each direction, made when the first large write comes |
//! | unread bytes | at most 64 KiB over the socket and 4 samples in the memory, whatever the peer does |
//! | the end | a frame says goodbye; the end of the socket without it is the death of the peer |
//!
//! iceoryx2's own events cannot be awaited without unsafe code, so that the socket wakes.

mod dialer;
mod domain;
mod files;
mod frame;
mod hello;
mod incoming;
mod io;
mod listener;
mod memory;
mod open;
mod outgoing;
mod stream;
#[cfg(test)]
mod tests;
mod wire;

pub use dialer::SharedMemoryDialer;
pub use io::SharedMemoryIo;
pub use listener::SharedMemory;
pub use stream::SharedMemoryStream;

/// The name of the transport of a [`Peer`](crate::Peer).
const TRANSPORT: &str = "shared-memory";
/// The most bytes that are on their way over the socket, or read from it and not taken.
const WINDOW: usize = 64 * 1024;
/// The most bytes of a frame.
const FRAME: usize = 16 * 1024;
/// The most bytes of a write that travels over the socket where there is memory.
const SMALL: usize = 8 * 1024;
/// The most samples that are sent and not taken.
const SAMPLES: usize = 4;
/// The size of a sample, in bytes. Whatever is larger is sent as several.
const SAMPLE: usize = 256 * 1024;
/// The largest sample that a peer may announce, in bytes.
const LARGEST_SAMPLE: usize = 16 * 1024 * 1024;
