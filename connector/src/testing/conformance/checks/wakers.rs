//! A poll is repeated by another task.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use connector_protocol::CloseReason;
use futures_util::future::try_join;

use crate::link::Link;
use crate::testing::conformance::alarm::Alarm;
use crate::testing::conformance::filling::{fill, large};
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;
use crate::testing::conformance::sample::small;
use crate::testing::conformance::transfer::{compare, read, read_end, unsendable};
use crate::testing::{Behaviour, Subject};

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let mut pair = accept(host).await?;
    pair.exchange(0).await?;
    receive(&mut pair).await?;
    // Without backpressure a send is never pending.
    if host.requires(Behaviour::Backpressure) {
        send(&mut pair).await?;
    }
    close(host.connect().await?).await
}

async fn accept<'a, S: Subject>(host: &'a Host<'a, S>) -> Checked<Pair<'a, S>> {
    host.hold_accepting(true);
    let accepting = repeated(|cx| host.poll_accept(cx));
    let accepted = async {
        accepting.finish(host, "an accept").await??;
        host.hold_accepting(false);
        Ok(())
    };
    host.connect_after(accepted, usize::MAX).await
}

async fn receive<S: Subject>(pair: &mut Pair<'_, S>) -> Checked {
    let Pair { host, wire, served } = pair;
    let package = small(host.subject, 1);
    let receiving = repeated(|cx| served.poll_recv(cx));
    wire.writing.write_in(&host.subject.wrap(&package), usize::MAX).await?;
    match receiving.finish(host, "a receive").await? {
        Ok(got) => compare("the package", &got, &package),
        Err(reason) => Err(format!("the connection ended: {reason}")),
    }
}

async fn send<S: Subject>(pair: &mut Pair<'_, S>) -> Checked {
    let Some(sent) = fill(pair).await? else {
        // A link may end the connection instead of waiting.
        return Ok(());
    };
    let Pair { host, wire, served } = pair;
    let sending = repeated(|cx| served.poll_flush(cx));
    let server = async { sending.finish(host, "a send").await?.map_err(unsendable) };
    let client = async {
        for seed in 0..sent {
            read(host, &mut wire.reading, &[large(host.subject, seed)]).await?;
        }
        Ok(())
    };
    try_join(server, client).await.map(drop)
}

async fn close<S: Subject>(mut pair: Pair<'_, S>) -> Checked {
    let Pair { host, wire, served } = &mut pair;
    let reason = CloseReason::Requested;
    let closing = repeated(|cx| served.socket.poll_close(cx, &reason));
    try_join(closing.finish(host, "a close"), read_end(host, &mut wire.reading)).await.map(drop)
}

/// A poll that was pending with one waker, and then with another.
struct Repeated<F, T> {
    poll: F,
    alarm: Arc<Alarm>,
    waker: Waker,
    /// It was ready, as a poll may be whose event is not awaited.
    ready: Option<T>,
}

/// Polls with a waker that nobody hears, then with one that rings an alarm.
fn repeated<T, F: FnMut(&mut Context<'_>) -> Poll<T>>(mut poll: F) -> Repeated<F, T> {
    let (_, unheard) = Alarm::new();
    let (alarm, waker) = Alarm::new();
    let mut ready = None;
    for waker in [&unheard, &waker] {
        if let Poll::Ready(value) = poll(&mut Context::from_waker(waker)) {
            ready = Some(value);
            break;
        }
    }
    Repeated { poll, alarm, waker, ready }
}

impl<T, F: FnMut(&mut Context<'_>) -> Poll<T>> Repeated<F, T> {
    /// Waits until it is ready. It is polled only when the second waker is called.
    async fn finish<S: Subject>(mut self, host: &Host<'_, S>, what: &str) -> Checked<T> {
        if let Some(value) = self.ready {
            return Ok(value);
        }
        let finished = async {
            loop {
                self.alarm.rung().await;
                let mut cx = Context::from_waker(&self.waker);
                if let Poll::Ready(value) = (self.poll)(&mut cx) {
                    return value;
                }
            }
        };
        let what = fmt::from_fn(|f| write!(f, "{what} to call the second of two wakers"));
        host.within(what, finished).await
    }
}
