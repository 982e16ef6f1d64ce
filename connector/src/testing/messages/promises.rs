//! The promises, one function for each.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use connector_protocol::remix::{Action, Message, Payload, RequestInfo};
use futures_util::future::join;
use tokio::task::yield_now;

use super::end::{Checked, End, compare, exchange, opened};
use crate::plugin::MessageLink;
use crate::testing::conformance::alarm::Alarm;

/// Sizes of payloads around those at which formats of lengths and buffers change.
const SIZES: [usize; 10] = [0, 1, 90, 125, 4_095, 4_097, 65_500, 65_535, 65_537, 300_000];
/// The number of times that all sizes are sent.
const ROUNDS: usize = 2;
/// The number of small messages.
const MANY: usize = 1_000;
/// The size of messages to a peer that does not read.
const LARGE: usize = 64 * 1024;
/// The most of them, far more than the buffers of any platform take.
const MOST: usize = 512;

pub(super) async fn contents<A: MessageLink, B: MessageLink>(
    open: &impl AsyncFn() -> (A, B),
) -> Checked {
    let (mut near, mut far) = opened(open).await?;
    exchange(&mut near, &mut far, &samples()).await
}

pub(super) async fn order<A: MessageLink, B: MessageLink>(
    open: &impl AsyncFn() -> (A, B),
) -> Checked {
    let (mut near, mut far) = opened(open).await?;
    exchange(&mut near, &mut far, &of_all_sizes()).await?;
    let small: Vec<_> = (0..MANY).map(|number| numbered(number, 0)).collect();
    exchange(&mut near, &mut far, &small).await
}

pub(super) async fn end<A: MessageLink, B: MessageLink>(
    open: &impl AsyncFn() -> (A, B),
) -> Checked {
    let (near, far) = opened(open).await?;
    closed(near, far).await?;
    let (near, far) = opened(open).await?;
    closed(far, near).await
}

/// Closes one end behind messages that are still to be sent.
async fn closed<A: MessageLink, B: MessageLink>(mut one: End<A>, mut other: End<B>) -> Checked {
    let messages = of_all_sizes();
    for message in &messages[..SIZES.len()] {
        one.send(message).map_err(|reason| format!("a message was not sent: {reason}"))?;
    }
    let reading = async {
        for message in &messages[..SIZES.len()] {
            other.receive(message).await?;
        }
        other.ended().await?;
        other.close().await;
        Ok(())
    };
    join(one.close(), reading).await.1
}

pub(super) async fn dropped<A: MessageLink, B: MessageLink>(
    open: &impl AsyncFn() -> (A, B),
) -> Checked {
    let (mut near, mut far) = opened(open).await?;
    exchange(&mut near, &mut far, &samples()).await?;
    drop(near);
    far.ended().await?;
    let (mut near, mut far) = opened(open).await?;
    exchange(&mut near, &mut far, &samples()).await?;
    drop(far);
    near.ended().await
}

pub(super) async fn backpressure<A: MessageLink, B: MessageLink>(
    open: &impl AsyncFn() -> (A, B),
) -> Checked {
    let (mut near, mut far) = opened(open).await?;
    unread(&mut near, &mut far).await?;
    let (mut near, mut far) = opened(open).await?;
    unread(&mut far, &mut near).await
}

/// Sends until the other end, which does not read, lets no more through. Then it reads.
async fn unread<A: MessageLink, B: MessageLink>(one: &mut End<A>, other: &mut End<B>) -> Checked {
    let (alarm, waker) = Alarm::new();
    let large = numbered(0, LARGE);
    let mut sent = 0;
    while !one.is_full() {
        if sent == MOST {
            let bytes = MOST * LARGE;
            return Err(format!("{bytes} bytes were taken for a peer that does not read"));
        }
        // A link may end the connection instead of waiting.
        let Ok(()) = one.send(&large) else { return Ok(()) };
        sent += 1;
        match one.poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(Ok(_)) => return Err("a message came that nobody has sent".into()),
            Poll::Ready(Err(_)) => return Ok(()),
            Poll::Pending => yield_now().await,
        }
    }
    let reading = async {
        for _ in 0..sent {
            other.receive(&large).await?;
        }
        Ok::<_, String>(())
    };
    let writing = async {
        loop {
            alarm.rung().await;
            if let Poll::Ready(Err(reason)) = one.poll(&mut Context::from_waker(&waker)) {
                return Err(format!("the link has ended when its peer read: {reason}"));
            }
        }
    };
    tokio::select! {
        read = reading => read?,
        failed = writing => return failed,
    }
    if one.is_full() {
        return Err("everything has arrived, and counts as unsent".into());
    }
    exchange(one, other, &samples()).await
}

pub(super) async fn wakers<A: MessageLink, B: MessageLink>(
    open: &impl AsyncFn() -> (A, B),
) -> Checked {
    let (mut near, mut far) = opened(open).await?;
    for number in 0..3 {
        woken(&mut near, &mut far, number).await?;
        woken(&mut far, &mut near, number).await?;
    }
    Ok(())
}

/// Waits for a message in a task that gives up, then in another one, which alone is to be woken.
async fn woken<A: MessageLink, B: MessageLink>(
    one: &mut End<A>,
    other: &mut End<B>,
    number: usize,
) -> Checked {
    let (alarm, waker) = Alarm::new();
    for waker in [Waker::noop(), &waker] {
        if one.poll(&mut Context::from_waker(waker)).is_ready() {
            return Err("it has ended, or a message came that nobody has sent".into());
        }
    }
    let message = numbered(number, 0);
    other.send(&message).map_err(|reason| format!("a message was not sent: {reason}"))?;
    let receiving = async {
        loop {
            alarm.rung().await;
            if let Poll::Ready(received) = one.poll(&mut Context::from_waker(&waker)) {
                return compare(received, &message);
            }
        }
    };
    // It sends while it waits.
    let sending = poll_fn(|cx| other.poll(cx));
    tokio::select! {
        received = receiving => received,
        _ = sending => Err("the sender has ended, or a message came to it".into()),
    }
}

/// Messages of all actions, with all fields.
fn samples() -> Vec<Message> {
    let text = "héllo 漢字 😀 \"\\\n\r\t\u{0}\u{2028}\u{feff}{}[],:";
    let actions = [
        Action::Request,
        Action::Response,
        Action::Emit,
        Action::Notification,
        Action::On,
        Action::Off,
        Action::Once,
        Action::Cancel,
    ];
    let each = actions.into_iter().zip(0..).map(|(action, id)| {
        let mut message = Message::new(action);
        message.name = Some(text.into());
        message.key = Some(text.into());
        message.id = Some(id - 1);
        message.payload = Some(Payload::text(text));
        message.error = Some(Payload::text(text));
        message.request_info = Some(RequestInfo { from: text.into(), path: Some(text.into()) });
        message.extra.insert("extra".into(), Payload::text(text));
        message
    });
    each.chain([Message::new(Action::Cancel)]).collect()
}

fn of_all_sizes() -> Vec<Message> {
    let sizes = std::iter::repeat_n(SIZES, ROUNDS).flatten();
    sizes.enumerate().map(|(number, size)| numbered(number, size)).collect()
}

/// A message of this number, whose payload is about so long.
fn numbered(number: usize, size: usize) -> Message {
    let mut message = Message::new(Action::Emit);
    message.key = Some(number.to_string());
    message.payload = Some(Payload::text(&"x".repeat(size)));
    message
}
