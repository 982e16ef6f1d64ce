//! Clients over shared memory: our dialer, and a bare socket through which all goes.

use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use connector::link::{ByteStream, Inbox, Opening};
use connector::testing::{Dial, Wire};
use connector::transport::SharedMemoryDialer;
use connector::{Address, Dial as _};
use tokio::net::UnixStream;

/// A client by our own dialer.
pub(crate) struct OverSharedMemory;

/// Returns a path at which there is nothing.
pub(crate) fn place() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    std::env::temp_dir().join(format!("conformance-shm-{process}-{next}.sock"))
}

impl Dial for OverSharedMemory {
    /// Says no hello.
    async fn stall(&self, address: &Address, _: &[u8]) -> io::Result<Wire> {
        Ok(Wire::new(UnixStream::connect(path_of(address)).await?).at(Address::Unnamed))
    }

    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let path = path_of(address).display().to_string();
        let dialed = SharedMemoryDialer::new().connect(&path).await;
        let (mut stream, mut peer) = dialed.map_err(io::Error::other)?;
        let mut inbox = Inbox::new(1024);
        let mut opening = Opening::new(&mut inbox, &mut peer);
        let opened = poll_fn(|cx| stream.poll_open(cx, &mut opening)).await;
        opened.map_err(|reason| io::Error::new(io::ErrorKind::ConnectionRefused, reason))?;
        Ok(Wire::new(std::mem::take(stream.io())).at(Address::Unnamed))
    }
}

fn path_of(address: &Address) -> &std::path::Path {
    let Address::Path(path) = address else { unreachable!("a path") };
    path
}
