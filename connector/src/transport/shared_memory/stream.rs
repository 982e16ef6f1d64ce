//! A connection as one stream of bytes, from its hello on.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Framing;
use tokio::net::UnixStream;

use super::SharedMemoryIo;
use super::domain::Domain;
use super::files::user;
use super::hello::{Hello, other_user};
use super::open::Open;
use super::wire::{Scratch, Wire};
use crate::link::{ByteStream, Inbox, Opening, end_of, lost};
use crate::transport::websocket::farewell;

/// A connection over shared memory as a stream of bytes: as a socket's `#[socket(io)]` field it is
/// what [`SharedMemory`](super::SharedMemory) accepts and
/// [`SharedMemoryDialer`](super::SharedMemoryDialer) dials.
///
/// Both sides say hello when it is opened, under the deadline of the handshake. A peer that
/// closes says goodbye; one that was killed cannot, and is [`CloseReason::Lost`] with
/// [`ConnectionReset`](std::io::ErrorKind::ConnectionReset) as soon as the system has closed its
/// socket. A close that is not regular is [`CloseReason::PeerClosedWith`] at the other end, with
/// the code that a WebSocket has for it.
pub struct SharedMemoryStream {
    stage: Stage,
    io: SharedMemoryIo,
}

enum Stage {
    Greeting(Box<Greeting>),
    Open,
    Failed(CloseReason),
}

/// The hellos of both sides.
struct Greeting {
    wire: Wire,
    side: Side,
    /// `true` if users other than that of this process are welcome.
    others: bool,
    /// The directory that is to be used, once this side has said hello.
    greeted: Option<Option<PathBuf>>,
    received: Vec<u8>,
}

pub(super) enum Side {
    Server(Arc<Domain>),
    Client,
}

impl SharedMemoryStream {
    pub(super) fn new(socket: UnixStream, side: Side, others: bool) -> Self {
        let wire = Wire::new(socket);
        let greeting = Greeting { wire, side, others, greeted: None, received: Vec::new() };
        Self { stage: Stage::Greeting(Box::new(greeting)), io: SharedMemoryIo::default() }
    }
}

impl Greeting {
    /// Waits for the peer's hello. Ready with its length.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(Option<PathBuf>, usize), CloseReason>> {
        if self.greeted.is_none() {
            let is_same = self.is_same_user()?;
            ready!(opening.poll_admitted());
            let directory = match &self.side {
                Side::Server(domain) if is_same => Some(domain.place.directory.clone()),
                _ => None,
            };
            let hello = Hello::Welcome(directory.clone());
            // Where this fails, reading finds the reason.
            let _ = self.wire.write(&hello.to_bytes(), &[]);
            self.greeted = Some(directory);
        }
        loop {
            let _ = self.wire.poll_clear(cx);
            match Hello::read(&self.received)? {
                Some((Hello::Welcome(told), len)) => {
                    let directory = match &self.side {
                        Side::Server(_) => self.greeted.take().flatten(),
                        Side::Client => told.filter(|_| self.is_same_user().unwrap_or(false)),
                    };
                    return Poll::Ready(Ok((directory, len)));
                }
                Some((Hello::OtherUser, _)) => {
                    let text = format!("the server does not serve user {}", user());
                    return Poll::Ready(Err(other_user(text)));
                }
                None => {}
            }
            let mut scratch = Scratch::take();
            let read = ready!(self.wire.poll_read(cx, &mut scratch)).map_err(lost)?;
            if read == 0 {
                return Poll::Ready(Err(CloseReason::PeerClosed));
            }
            self.received.extend_from_slice(scratch.first(read));
        }
    }

    /// Returns `true` if the peer runs as the user of this process.
    ///
    /// # Errors
    /// Returns [`CloseReason::Lost`] with [`PermissionDenied`](std::io::ErrorKind) if it does not,
    /// and others are not welcome.
    fn is_same_user(&mut self) -> Result<bool, CloseReason> {
        let (peer, own) = (self.wire.socket.peer_cred().map_err(lost)?.uid(), user());
        if peer == own || self.others {
            return Ok(peer == own);
        }
        if let Side::Server(_) = self.side {
            let _ = self.wire.write(&Hello::OtherUser.to_bytes(), &[]);
        }
        let text = format!("the peer runs as user {peer}, and this process as user {own}");
        Err(other_user(text))
    }
}

impl ByteStream for SharedMemoryStream {
    type Io = SharedMemoryIo;

    fn io(&mut self) -> &mut SharedMemoryIo {
        &mut self.io
    }

    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let greeted = match &mut self.stage {
            Stage::Greeting(greeting) => ready!(greeting.poll(cx, opening)),
            Stage::Open => return Poll::Ready(Ok(())),
            Stage::Failed(reason) => return Poll::Ready(Err(reason.clone())),
        };
        let next = match &greeted {
            Ok(_) => Stage::Open,
            Err(reason) => Stage::Failed(reason.clone()),
        };
        let before = std::mem::replace(&mut self.stage, next);
        let (directory, len) = greeted?;
        if let Stage::Greeting(greeting) = before {
            let Greeting { wire, side, received, .. } = *greeting;
            let domain = match side {
                Side::Server(domain) => Some(domain),
                Side::Client => None,
            };
            let directory = directory.map(Arc::<Path>::from);
            let open = Open::new(wire, &received[len..], directory, domain);
            self.io = SharedMemoryIo::new(open);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_recv<F: Framing>(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        if inbox.cut::<F>()? {
            return Poll::Ready(Ok(()));
        }
        if !ready!(self.io.poll_append(cx, inbox)).map_err(lost)? {
            return Poll::Ready(Err(end_of(inbox)));
        }
        inbox.cut::<F>()?;
        Poll::Ready(Ok(()))
    }

    fn peer_has_left(&mut self, _: &mut Context<'_>) -> bool {
        self.io.peer_has_left()
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        let code = match farewell(reason).0.get() {
            NORMAL => 0,
            code => code,
        };
        self.io.poll_close(cx, code).map(|_| ())
    }
}

/// The code of a regular close, as WebSocket has it.
const NORMAL: u16 = 1000;

impl fmt::Debug for SharedMemoryStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match &self.stage {
            Stage::Greeting(_) => "hello",
            Stage::Open => "open",
            Stage::Failed(_) => "failed",
        };
        f.debug_struct("SharedMemoryStream").field("stage", &stage).field("io", &self.io).finish()
    }
}
