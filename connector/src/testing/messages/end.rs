//! One end of a pair of links, driven as that of a plugin or an engine.

use std::future::poll_fn;
use std::task::{Context, Poll};

use connector_protocol::remix::Message;
use connector_protocol::{CloseReason, Limits};
use futures_util::future::join;

use crate::connection::UNSENT;
use crate::plugin::{MessageIo, MessageLink};

/// The result of a check: what is wrong, in a sentence.
pub(super) type Checked<T = ()> = Result<T, String>;

/// The most characters of a message that an error repeats.
const SHOWN: usize = 80;

/// A link, and the buffers of its messages.
pub(super) struct End<L> {
    link: L,
    io: MessageIo,
}

/// Makes a pair of links, and opens both.
pub(super) async fn opened<A: MessageLink, B: MessageLink>(
    open: &impl AsyncFn() -> (A, B),
) -> Checked<(End<A>, End<B>)> {
    let (near, far) = open().await;
    let (mut near, mut far) = (End::new(near), End::new(far));
    let (one, other) = join(near.open(), far.open()).await;
    one.and(other).map_err(|reason| format!("a link did not open: {reason}"))?;
    Ok((near, far))
}

impl<L: MessageLink> End<L> {
    fn new(link: L) -> Self {
        Self { link, io: MessageIo::new(&Limits::default()) }
    }

    async fn open(&mut self) -> Result<(), CloseReason> {
        poll_fn(|cx| self.link.poll_open_link(cx, &mut self.io)).await
    }

    pub(super) fn send(&mut self, message: &Message) -> Result<(), CloseReason> {
        self.link.send_message(message.clone(), &mut self.io)
    }

    /// Waits for a message, and sends meanwhile.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, CloseReason>> {
        self.link.poll_message(cx, &mut self.io)
    }

    /// Returns whether the driver of a connection would send nothing more for now.
    pub(super) fn is_full(&self) -> bool {
        self.link.unsent(&self.io) > UNSENT
    }

    /// Waits until the next message is this one.
    pub(super) async fn receive(&mut self, want: &Message) -> Checked {
        compare(poll_fn(|cx| self.poll(cx)).await, want)
    }

    /// Waits until the link has ended, and checks that it stays so.
    pub(super) async fn ended(&mut self) -> Checked {
        if let Ok(message) = poll_fn(|cx| self.poll(cx)).await {
            return Err(format!("the end was to come, and {} did", shown(&message)));
        }
        match poll_fn(|cx| Poll::Ready(self.poll(cx))).await {
            Poll::Ready(Ok(message)) => Err(format!("behind the end came {}", shown(&message))),
            Poll::Ready(Err(_)) | Poll::Pending => Ok(()),
        }
    }

    /// Closes the link, and drops it.
    pub(super) async fn close(mut self) {
        let Self { link, io } = &mut self;
        io.close(|cx, io| link.poll_close_link(cx, &CloseReason::Requested, io)).await;
    }
}

/// Sends messages from each end at once, and checks that they arrive.
pub(super) async fn exchange<A: MessageLink, B: MessageLink>(
    near: &mut End<A>,
    far: &mut End<B>,
    messages: &[Message],
) -> Checked {
    let (mut up, mut down) = (Way::new(messages), Way::new(messages));
    poll_fn(|cx| {
        loop {
            let moved = up.carry(near, far, cx)? | down.carry(far, near, cx)?;
            if up.is_done() && down.is_done() {
                return Poll::Ready(Ok(()));
            }
            if !moved {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// Messages on their way from one end to the other.
struct Way<'a> {
    messages: &'a [Message],
    sent: usize,
    received: usize,
}

impl<'a> Way<'a> {
    fn new(messages: &'a [Message]) -> Self {
        Self { messages, sent: 0, received: 0 }
    }

    fn is_done(&self) -> bool {
        self.received == self.messages.len()
    }

    /// Sends a message, and receives one. Returns `false` if there is neither. Each end sends
    /// while it is polled, which it is as the receiver of the other way.
    fn carry<A: MessageLink, B: MessageLink>(
        &mut self,
        from: &mut End<A>,
        to: &mut End<B>,
        cx: &mut Context<'_>,
    ) -> Checked<bool> {
        let mut moved = false;
        if let Some(next) = self.messages.get(self.sent).filter(|_| !from.is_full()) {
            from.send(next).map_err(|reason| format!("a message was not sent: {reason}"))?;
            self.sent += 1;
            moved = true;
        }
        if let Poll::Ready(received) = to.poll(cx) {
            let number = self.received + 1;
            let want = self.messages.get(self.received);
            let want = want.ok_or("more messages arrived than were sent")?;
            compare(received, want).map_err(|what| format!("at message {number}, {what}"))?;
            self.received = number;
            moved = true;
        }
        Ok(moved)
    }
}

/// Compares what was received with what was sent.
pub(super) fn compare(received: Result<Message, CloseReason>, want: &Message) -> Checked {
    match received {
        Ok(message) if message == *want => Ok(()),
        Ok(message) => Err(format!("{} was sent, and {} arrived", shown(want), shown(&message))),
        Err(reason) => Err(format!("the link has ended: {reason}")),
    }
}

fn shown(message: &Message) -> String {
    let mut json = Vec::new();
    message.encode(&mut json);
    let text = String::from_utf8_lossy(&json);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}..` of {} bytes", &text[..end], text.len()),
        None => format!("`{text}`"),
    }
}
