//! The dialers of clients, which connect to the connector under test.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpSocket;

use super::Wire;
use crate::transport::{Memory, MemoryDialer};
use crate::{Address, MaybeSend, MaybeSync};

/// The sizes of the client's buffers in bytes. By default the operating system lets them grow
/// by megabytes, even if the client or the server does not read.
const BUFFER: u32 = 64 * 1024;

/// A dialer, which connects clients to the connector under test.
pub trait Dial: MaybeSync {
    /// Opens a connection, until the bytes of the connector's protocol can be sent.
    ///
    /// # Errors
    /// Fails if nothing listens at the address.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    fn dial(&self, address: &Address) -> impl Future<Output = io::Result<Wire>> + MaybeSend;

    /// Opens a connection only halfway, and leaves it there: a client that has sent no more
    /// than `half`. A dialer with steps of its own, such as TLS, stops in the middle of them
    /// instead. Default: [`Dial::dial`], then `half` is sent.
    ///
    /// # Errors
    /// Fails if nothing listens at the address.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    fn stall(
        &self,
        address: &Address,
        half: &[u8],
    ) -> impl Future<Output = io::Result<Wire>> + MaybeSend {
        async move {
            let mut wire = self.dial(address).await?;
            wire.write(half).await?;
            Ok(wire)
        }
    }
}

/// The dialer of system sockets: TCP for IP addresses, Unix sockets for paths.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sockets;

impl Dial for Sockets {
    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        match address {
            Address::Inet(address) => dial_tcp(*address).await,
            #[cfg(unix)]
            Address::Path(path) => {
                let stream = tokio::net::UnixStream::connect(path).await?;
                Ok(Wire::new(stream).at(Address::Unnamed))
            }
            other => {
                let what = format!(
                    "`{other}` is not an address of a system socket: set a dialer with `Tester::dial`"
                );
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
    socket.set_recv_buffer_size(BUFFER)?;
    socket.set_send_buffer_size(BUFFER)?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(Wire::tcp(stream))
}

/// The dialer of [`Memory`] listeners, which it also makes. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Dialers(Arc<Mutex<HashMap<Address, MemoryDialer>>>);

impl Dialers {
    /// Creates a listener in memory that this dialer can connect to.
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
