//! A bound port: one socket for all links, and the task that reads it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use atomic_waker::AtomicWaker;
use tokio::net::UdpSocket;
use tokio::task::AbortHandle;

use super::peers::{NewPeer, Peers, Verdict};
use super::rules::Rules;
use crate::metrics;
use crate::runtime::{Instant, Judgement, Sleep, sleep, yield_now};

/// The room for a datagram, more than any has.
pub(super) const ROOM: usize = 64 * 1024;
/// The datagrams that are read in one poll, before others get their turn.
const TURN: usize = 256;
/// The polls behind which silent addresses are looked for all the same: by then more was read
/// than the system's buffer holds.
const TURNS: u32 = 64;
/// The parts of the idle time in which silent addresses are looked for.
const LOOKS: u32 = 8;
/// The shortest time between two looks.
const SHORTEST_LOOK: Duration = Duration::from_millis(100);

/// A bound port. It is closed when the listener and the last link are dropped.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) socket: UdpSocket,
    pub(super) rules: Rules,
    peers: Mutex<Peers>,
    acceptor: AtomicWaker,
    reader: OnceLock<AbortHandle>,
    /// An answer that is longer than an unknown address may get was logged.
    warned: AtomicBool,
}

impl Port {
    /// Starts the task that reads the socket.
    pub(super) fn open(socket: UdpSocket, rules: Rules) -> Arc<Self> {
        let port = Arc::new(Self {
            socket,
            rules,
            peers: Mutex::new(Peers::new(rules, Instant::now())),
            acceptor: AtomicWaker::new(),
            reader: OnceLock::new(),
            warned: AtomicBool::new(false),
        });
        let look = (!rules.idle.is_zero()).then(|| {
            let pause = (rules.idle / LOOKS).max(SHORTEST_LOOK);
            let (due, alarm) = (Instant::now() + pause, Box::pin(sleep(pause)));
            Look { pause, due, judgement: Judgement::default(), alarm, unread: 0 }
        });
        let reader = Reader { port: Arc::downgrade(&port), room: Vec::with_capacity(ROOM), look };
        let _ = port.reader.set(tokio::spawn(reader).abort_handle());
        port
    }

    /// Waits for an address that begins a session.
    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<NewPeer> {
        // Registered before the check, so that one in between wakes the task.
        self.acceptor.register(cx.waker());
        self.peers().accept().map_or(Poll::Pending, Poll::Ready)
    }

    pub(super) fn peers(&self) -> MutexGuard<'_, Peers> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells an address that it has no session here, or no longer.
    pub(super) fn send_end(&self, to: SocketAddr) {
        // It may be lost like any other.
        let _ = self.socket.try_send_to(&[], to);
    }

    /// Says once that an answer was withheld, so that the settings can be changed.
    pub(super) fn warn_of_withheld(&self, size: usize, most: usize) {
        if self.warned.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(
            size,
            most,
            "the answer to a handshake is longer than an address may get before it has shown that \
             it receives: shorten it, let clients pad their handshake, or see `Udp::answer_times`"
        );
    }

    /// Reads what has arrived. Returns `true` if that was all. Otherwise the task is woken to
    /// go on.
    fn read(&self, cx: &mut Context<'_>, room: &mut Vec<u8>) -> io::Result<bool> {
        let mut turn = 0;
        while turn < TURN {
            match self.socket.poll_recv_ready(cx) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => return Ok(true),
            }
            let now = Instant::now();
            while turn < TURN {
                room.clear();
                let from = match self.socket.try_recv_buf_from(room) {
                    Ok((_, from)) => from,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    // What a datagram of ours has met on its way is told here on some systems.
                    Err(_) => {
                        turn += 1;
                        continue;
                    }
                };
                turn += 1;
                self.receive(from, room, now);
            }
        }
        yield_now(cx);
        Ok(false)
    }

    fn receive(&self, from: SocketAddr, datagram: &[u8], now: Instant) {
        let verdict = self.peers().receive(from, datagram, now);
        match verdict {
            Verdict::Queued | Verdict::Ended | Verdict::Copy => {}
            Verdict::Begun => self.acceptor.wake(),
            Verdict::Full => metrics::datagram_dropped("full"),
            Verdict::Unknown { answer } => {
                metrics::datagram_dropped("unknown");
                if answer {
                    self.send_end(from);
                }
            }
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.get() {
            reader.abort();
        }
    }
}

/// The task that reads a port's socket. It keeps the port open only while it is polled, so
/// that the address is free as soon as nobody else needs it.
struct Reader {
    port: Weak<Port>,
    room: Vec<u8>,
    look: Option<Look>,
}

/// The clock by which silent addresses are looked for.
struct Look {
    pause: Duration,
    due: Instant,
    judgement: Judgement,
    alarm: Pin<Box<Sleep>>,
    /// The polls since all that had arrived was read.
    unread: u32,
}

impl Future for Reader {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { port, room, look } = &mut *self;
        let Some(port) = port.upgrade() else { return Poll::Ready(()) };
        let all = match port.read(cx, room) {
            Ok(all) => all,
            Err(error) => {
                // The runtime's driver is gone.
                tracing::debug!(?error, "a UDP port is not read any more");
                return Poll::Ready(());
            }
        };
        if let Some(look) = look {
            look.unread = if all { 0 } else { look.unread + 1 };
            // One that seems silent may be heard in what is left, as after a pause of the process.
            if look.unread.is_multiple_of(TURNS) {
                look.poll(cx, &port);
            }
        }
        Poll::Pending
    }
}

impl Look {
    fn poll(&mut self, cx: &mut Context<'_>, port: &Port) {
        while self.judgement.poll(self.alarm.as_mut(), self.due, cx).is_ready() {
            let now = Instant::now();
            port.peers().sweep(now);
            self.due = now + self.pause;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::net::UdpSocket as Socket;

    use socket2::SockRef;
    use tokio::time::advance;

    use super::*;

    /// A peer at work, and what the port knows of it.
    async fn open(port: &Port) -> (Socket, NewPeer) {
        let socket = Socket::bind("127.0.0.1:0").unwrap();
        socket.connect(port.socket.local_addr().unwrap()).unwrap();
        socket.send(b"hello").unwrap();
        let new = poll_fn(|cx| port.poll_accept(cx)).await;
        (socket, new)
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_silent_whose_datagrams_lie_behind_those_of_others() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        SockRef::from(&socket).set_recv_buffer_size(4 * ROOM).unwrap();
        let idle = Duration::from_secs(8);
        let port = Port::open(socket, Rules { handshake: false, idle, ..Rules::default() });
        let (loud, heard) = open(&port).await;
        let (quiet, last) = open(&port).await;
        // The process pauses.
        (0..TURN).for_each(|_| _ = loud.send(b"message").unwrap());
        quiet.send(b"message").unwrap();
        advance(2 * idle).await;
        while last.mailbox.heard() + idle < Instant::now() {
            assert!(!last.mailbox.is_ended(), "it was not read yet");
            tokio::task::yield_now().await;
        }
        assert!(!heard.mailbox.is_ended() && !last.mailbox.is_ended());
        // From now on they are silent.
        tokio::time::sleep(2 * idle).await;
        assert!(heard.mailbox.is_ended() && last.mailbox.is_ended());
    }
}
