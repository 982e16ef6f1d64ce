//! A network of datagrams between clients and a server, which loses, doubles and overtakes by a seed, moves
//! its clients to other addresses, or falls silent.

#![allow(clippy::unwrap_used, reason = "only tests stand behind it")]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinSet;

const ANY: &str = "127.0.0.1:0";

/// What one direction of a network does with a datagram: what arrives instead of it.
pub type Fate = Box<dyn FnMut(Vec<u8>) -> Vec<Vec<u8>> + Send>;

/// A network in front of a server. Each client has an address of its own at its far end.
pub struct Network {
    /// What clients connect to.
    pub address: SocketAddr,
    /// Where the clients seem to be.
    moved_to: watch::Sender<&'static str>,
    is_silent: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl Network {
    /// Creates a network in front of the server at this address.
    pub async fn new(server: SocketAddr, mut up: Fate, mut down: Fate) -> Self {
        let front = UdpSocket::bind(ANY).await.unwrap();
        let address = front.local_addr().unwrap();
        let (moved_to, mut moves) = watch::channel(ANY);
        let is_silent = Arc::new(AtomicBool::new(false));
        let silent = is_silent.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut backs = HashMap::<SocketAddr, UdpSocket>::new();
            let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
            loop {
                tokio::select! {
                    read = front.recv_from(&mut asked) => {
                        let (size, from) = read.unwrap();
                        if let Entry::Vacant(new) = backs.entry(from) {
                            let at = *moves.borrow();
                            new.insert(far_end(at, server).await);
                        }
                        let arrives = up(asked[..size].to_vec());
                        for datagram in arrives.into_iter().filter(|_| !silent.load(Ordering::Relaxed)) {
                            let _ = backs[&from].send(&datagram).await;
                        }
                    }
                    (read, to) = any(&backs, &mut answered) => {
                        // A server that has gone is told of here.
                        let Ok(size) = read else { continue };
                        let arrives = down(answered[..size].to_vec());
                        for datagram in arrives.into_iter().filter(|_| !silent.load(Ordering::Relaxed)) {
                            let _ = front.send_to(&datagram, to).await;
                        }
                    }
                    Ok(()) = moves.changed() => {
                        let at = *moves.borrow();
                        for back in backs.values_mut() {
                            *back = far_end(at, server).await;
                        }
                    }
                }
            }
        });
        Self { address, moved_to, is_silent, _tasks: tasks }
    }

    /// Lets its clients seem to be elsewhere from now on, at an address with a port of 0.
    pub fn move_to(&self, address: &'static str) {
        self.moved_to.send_replace(address);
    }

    /// Loses everything from now on.
    pub fn fall_silent(&self) {
        self.is_silent.store(true, Ordering::Relaxed);
    }
}

async fn far_end(at: &str, server: SocketAddr) -> UdpSocket {
    let back = UdpSocket::bind(at).await.unwrap();
    back.connect(server).await.unwrap();
    back
}

/// The next datagram of the server, and the client that it is for.
async fn any(
    backs: &HashMap<SocketAddr, UdpSocket>,
    bytes: &mut [u8],
) -> (std::io::Result<usize>, SocketAddr) {
    std::future::poll_fn(|cx| {
        for (client, back) in backs {
            let mut read = tokio::io::ReadBuf::new(bytes);
            if let std::task::Poll::Ready(polled) = back.poll_recv(cx, &mut read) {
                return std::task::Poll::Ready((polled.map(|()| read.filled().len()), *client));
            }
        }
        std::task::Poll::Pending
    })
    .await
}

/// Loses nothing.
pub fn fair() -> Fate {
    Box::new(|datagram| vec![datagram])
}

/// Of so many datagrams one is lost, one comes twice, and two come behind the next.
pub fn rough(of: u32, seed: u64) -> Fate {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut held = Vec::new();
    Box::new(move |datagram| {
        let mut arrives = match random.u32(0..of) {
            0 => Vec::new(),
            1 => vec![datagram.clone(), datagram],
            2 | 3 => {
                held.push(datagram);
                return Vec::new();
            }
            _ => vec![datagram],
        };
        arrives.append(&mut held);
        arrives
    })
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("address", &self.address).finish_non_exhaustive()
    }
}
