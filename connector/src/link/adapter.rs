//! Runs an [`AsyncLink`] as a [`Link`].

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use connector_protocol::CloseReason;
use connector_protocol::framing::{Envelope, Framing};
use futures_util::future::{Either, select};

use super::{AsyncLink, Batch, Boundaries, Buffer, Inbox, Link, Outgoing};
use crate::{MaybeSend, MaybeSync};

/// A [`Link`] over an [`AsyncLink`], whose documentation has an example.
///
/// It runs in the task that polls the link, and spawns nothing. It queues up to 64
/// messages in each direction.
pub struct Linked<L: AsyncLink> {
    shared: Arc<Shared<L::Buffer>>,
    pump: Pin<Box<dyn Pump>>,
    batch: Batch,
}

/// The number of messages that are queued in each direction.
const WAITING: usize = 64;

trait Pump: Future<Output = ()> + MaybeSend {}
impl<F: Future<Output = ()> + MaybeSend> Pump for F {}

struct Shared<B> {
    state: Mutex<State<B>>,
}

struct State<B> {
    received: VecDeque<B>,
    sending: VecDeque<B>,
    /// Whether the pump is sending a message.
    busy: bool,
    closing: Option<CloseReason>,
    ended: Option<CloseReason>,
    /// The waker of a pump that waits for a message to send.
    waker: Option<Waker>,
}

impl<L: AsyncLink> Linked<L> {
    /// Creates a link over `link`, which sends packages one by one.
    pub fn new(link: L) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                received: VecDeque::new(),
                sending: VecDeque::new(),
                busy: false,
                closing: None,
                ended: None,
                waker: None,
            }),
        });
        let pump = Box::pin(pump(link, shared.clone()));
        Self { shared, pump, batch: Batch::Each }
    }

    /// Sets how several packages are joined. Default: [`Batch::Each`].
    #[must_use]
    pub fn batch(mut self, batch: Batch) -> Self {
        self.batch = batch;
        self
    }

    fn run(&mut self, cx: &mut Context<'_>) {
        if self.shared.lock().ended.is_none() && self.pump.as_mut().poll(cx).is_ready() {
            self.shared.lock().ended.get_or_insert(CloseReason::PeerClosed);
        }
    }
}

impl<L: AsyncLink> From<L> for Linked<L> {
    fn from(link: L) -> Self {
        Self::new(link)
    }
}

impl<L: AsyncLink> fmt::Debug for Linked<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked").field("batch", &self.batch).finish_non_exhaustive()
    }
}

impl<L: AsyncLink> Link for Linked<L>
where
    L::Buffer: MaybeSync,
{
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        self.run(cx);
        let mut state = self.shared.lock();
        let mut any = false;
        while let Some(buffer) = state.received.pop_front() {
            let package = buffer.into_package();
            if package.len() > inbox.limit() {
                let size = package.len();
                let limit = inbox.limit();
                return Poll::Ready(Err(CloseReason::TooLarge { size, limit }));
            }
            inbox.push(package);
            any = true;
        }
        match &state.ended {
            _ if any => {
                // The pump may have stopped because the queue was full.
                cx.waker().wake_by_ref();
                Poll::Ready(Ok(()))
            }
            Some(reason) => Poll::Ready(Err(reason.clone())),
            None => Poll::Pending,
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            let mut state = self.shared.lock();
            if let Some(reason) = &state.ended {
                return Poll::Ready(Err(reason.clone()));
            }
            while state.sending.len() < WAITING
                && let Some(package) = outgoing.package()
            {
                let buffer = L::Buffer::from_package(package).map_err(CloseReason::Malformed)?;
                state.sending.push_back(buffer);
                outgoing.package_sent();
            }
            let waiting = state.sending.len();
            if waiting == 0 && !state.busy {
                if !state.received.is_empty() {
                    // A message came while this was sent, without a wake-up.
                    cx.waker().wake_by_ref();
                }
                return Poll::Ready(Ok(()));
            }
            drop(state);
            self.run(cx);
            if self.shared.lock().sending.len() == waiting {
                return Poll::Pending;
            }
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        {
            let mut state = self.shared.lock();
            state.closing.get_or_insert_with(|| reason.clone());
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        }
        self.run(cx);
        if self.shared.lock().ended.is_some() { Poll::Ready(()) } else { Poll::Pending }
    }

    fn frame(&self) -> &'static dyn Envelope {
        Boundaries::INSTANCE
    }

    fn batch(&self) -> Batch {
        self.batch
    }
}

impl<B> Shared<B> {
    fn lock(&self) -> std::sync::MutexGuard<'_, State<B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command to the pump.
enum Command<B> {
    Close(CloseReason),
    Send(B),
}

/// Receives until there is something to send or to close.
async fn pump<L: AsyncLink>(mut link: L, shared: Arc<Shared<L::Buffer>>) {
    let ended = loop {
        let command = {
            let next = std::pin::pin!(next_command(&shared));
            let received = std::pin::pin!(receive(&mut link, &shared));
            match select(next, received).await {
                Either::Left((command, _)) => command,
                Either::Right((reason, _)) => break reason,
            }
        };
        match command {
            Command::Close(reason) => {
                link.close(reason).await;
                break CloseReason::Requested;
            }
            Command::Send(buffer) => {
                let sent = link.send(buffer).await;
                shared.lock().busy = false;
                if let Err(reason) = sent {
                    break reason;
                }
            }
        }
    };
    shared.lock().ended = Some(ended);
}

async fn next_command<B>(shared: &Shared<B>) -> Command<B> {
    std::future::poll_fn(|cx| {
        let mut state = shared.lock();
        if let Some(buffer) = state.sending.pop_front() {
            state.busy = true;
            return Poll::Ready(Command::Send(buffer));
        }
        if let Some(reason) = state.closing.clone() {
            return Poll::Ready(Command::Close(reason));
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    })
    .await
}

async fn receive<L: AsyncLink>(link: &mut L, shared: &Shared<L::Buffer>) -> CloseReason {
    loop {
        // Full: `poll_recv` empties the queue and polls again.
        std::future::poll_fn(|_| match shared.lock().received.len() {
            WAITING.. => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
        match link.recv().await {
            Some(Ok(buffer)) => shared.lock().received.push_back(buffer),
            Some(Err(reason)) => return reason,
            None => return CloseReason::PeerClosed,
        }
    }
}
