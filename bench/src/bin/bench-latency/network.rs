//! A network that delays and loses packets.

use std::collections::VecDeque;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tun_rs::{AsyncDevice, DeviceBuilder};

/// Where a server listens, and by what address a client reaches it: what is sent to the second
/// one comes to the first from there.
pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(10, 231, 7, 1);
pub(crate) const REACHED: Ipv4Addr = Ipv4Addr::new(10, 231, 7, 2);

/// The places of addresses in a packet of IPv4.
const SOURCE: usize = 12;
const DESTINATION: usize = 16;
const END: usize = 20;

const PACKET: usize = 64 * 1024;

/// A device of this machine whose packets come back to it with their addresses exchanged, which
/// changes no checksum, after a while or never.
pub(crate) struct Network(Arc<Shared>);

struct Shared {
    device: AsyncDevice,
    delay: Duration,
    state: Mutex<State>,
    arrived: Notify,
}

struct State {
    loss: f64,
    random: fastrand::Rng,
    /// Packets, and when they are there.
    under_way: VecDeque<(Instant, Vec<u8>)>,
}

impl Network {
    /// Makes the device.
    ///
    /// # Errors
    /// The system does not allow it.
    pub(crate) async fn start(delay: Duration) -> io::Result<Self> {
        let device = DeviceBuilder::new().ipv4(SERVER, 24, None).mtu(1500).build_async()?;
        let state = State { loss: 0.0, random: fastrand::Rng::new(), under_way: VecDeque::new() };
        let (state, arrived) = (Mutex::new(state), Notify::new());
        let shared = Arc::new(Shared { device, delay, state, arrived });
        let reading = shared.clone();
        tokio::spawn(async move { reading.read().await });
        let writing = shared.clone();
        tokio::spawn(async move { writing.write().await });
        Ok(Self(shared))
    }

    /// Sets the share of packets that are lost from now on.
    pub(crate) fn lose(&self, loss: f64, seed: u64) {
        let mut state = self.0.state();
        state.loss = loss;
        state.random = fastrand::Rng::with_seed(seed);
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self) -> io::Result<()> {
        let mut packet = vec![0; PACKET];
        loop {
            let len = self.device.recv(&mut packet).await?;
            let packet = &mut packet[..len];
            // Anything else is the system's own talk.
            if len < END || packet[0] >> 4 != 4 || packet[DESTINATION..END] != REACHED.octets() {
                continue;
            }
            let (source, destination) = packet[SOURCE..END].split_at_mut(DESTINATION - SOURCE);
            source.swap_with_slice(destination);
            let mut state = self.state();
            let loss = state.loss;
            if state.random.f64() >= loss {
                state.under_way.push_back((Instant::now() + self.delay, packet.to_vec()));
                self.arrived.notify_one();
            }
        }
    }

    async fn write(&self) -> io::Result<()> {
        loop {
            let next = self.state().under_way.pop_front();
            match next {
                Some((due, packet)) => {
                    sleep_until(due).await;
                    self.device.send(&packet).await?;
                }
                None => self.arrived.notified().await,
            }
        }
    }
}
