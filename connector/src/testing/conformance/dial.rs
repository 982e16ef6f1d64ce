//! How a client reaches the connector under test.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpSocket;

use super::Wire;
use crate::transport::{Memory, MemoryDialer};
use crate::{Address, MaybeSend, MaybeSync};

/// The client's receive buffer in bytes. Left to itself the system lets it grow
/// by megabytes, all of which a peer that does not read would take.
const RECEIVE_BUFFER: u32 = 64 * 1024;

/// How a client reaches the connector under test.
pub trait Dial: MaybeSync {
    /// A new connection, on which nothing was said yet.
    ///
    /// # Errors
    /// Nobody listens there.
    fn dial(&self, address: &Address) -> impl Future<Output = io::Result<Wire>> + MaybeSend;
}

/// Dials what the system knows: IP addresses by TCP, paths as Unix sockets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sockets;

impl Dial for Sockets {
    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        match address {
            Address::Inet(address) => dial_tcp(*address).await,
            #[cfg(unix)]
            Address::Path(path) => Ok(Wire::new(tokio::net::UnixStream::connect(path).await?)),
            other => {
                let what = format!("`{other}` is no address of a system socket: name a `Dial`");
                Err(io::Error::new(io::ErrorKind::Unsupported, what))
            }
        }
    }
}

async fn dial_tcp(mut address: SocketAddr) -> io::Result<Wire> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(Wire::tcp(stream))
}

/// Dials the [`Memory`] listeners that it made. Clones know the same ones.
#[derive(Clone, Debug, Default)]
pub struct Dialers(Arc<Mutex<HashMap<Address, MemoryDialer>>>);

impl Dialers {
    /// A listener in memory that can be dialed from here.
    pub fn memory(&self) -> Memory {
        let mut dialers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("conformance-{}", dialers.len());
        let memory = Memory::new(name.clone());
        dialers.insert(Address::Name(name), memory.dialer());
        memory
    }

    fn find(&self, address: &Address) -> Option<MemoryDialer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }
}

impl Dial for Dialers {
    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let dialer = self.find(address).ok_or(io::ErrorKind::ConnectionRefused)?;
        Ok(Wire::new(dialer.dial().await?))
    }
}
