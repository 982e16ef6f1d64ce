//! The options of TCP connections: no delay, keepalive, and little in the system's hands.

use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// The default time after which the system probes whether an idle peer is still there.
pub(super) const KEEPALIVE: Duration = Duration::from_secs(60);
/// The time between two probes.
const INTERVAL: Duration = Duration::from_secs(15);
/// The number of probes without an answer after which the connection has failed.
#[cfg(not(target_os = "windows"))]
const PROBES: u32 = 4;
/// The most bytes that the system holds back besides those that are on their way. It tells of
/// room when half of them have left; without a bound that is when a third of a send buffer of
/// up to 4 MiB has, and until then a slow reader looks like one that takes nothing.
#[cfg(any(target_os = "linux", target_os = "android"))]
const HELD_BACK: u32 = 128 * 1024;

/// Sets the options of a new connection. `idle` is the time after which an idle peer is
/// probed, zero for never.
///
/// An option that cannot be set belongs to a connection that has failed already, which
/// its own task will notice.
pub(super) fn set(stream: &TcpStream, idle: Duration, no_delay: bool) {
    // Packages are small and do not wait for more (Nagle), unless somebody wants them to.
    let _ = stream.set_nodelay(no_delay);
    let socket = SockRef::from(stream);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket.set_tcp_notsent_lowat(HELD_BACK);
    if idle.is_zero() {
        return;
    }
    let keepalive = TcpKeepalive::new().with_time(idle).with_interval(INTERVAL);
    #[cfg(not(target_os = "windows"))]
    let keepalive = keepalive.with_retries(PROBES);
    let _ = socket.set_tcp_keepalive(&keepalive);
}
