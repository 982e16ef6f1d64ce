//! The checks of what a peer may cost.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use connector_protocol::CloseReason;
use futures_util::future::{Either, select, try_join};
use tokio::task::yield_now;

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::{Pair, flush, read};
use crate::testing::conformance::sample::{show, sized, small};

/// The most bytes that may be sent to a peer that does not read. Operating systems buffer
/// some megabytes.
const MOST: usize = 32 << 20;
/// The number of bytes that are queued at once.
const SHARE: usize = 256 * 1024;
/// The number of turns without progress after which sending counts as stopped.
const TURNS: usize = 16;
/// The size of the client's writes.
const CHUNK: usize = 8 * 1024;

pub(super) async fn backpressure<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let mut bystander = host.connect().await?;
    let mut pair = host.connect().await?;
    let Some(sent) = fill(&mut pair).await? else {
        // A link may refuse to send instead of waiting.
        return bystander.exchange(0).await;
    };
    let package = small(subject, 1);
    pair.up(&subject.wrap(&package), usize::MAX, &[package])
        .await
        .map_err(|what| format!("while sending was halted: {what}"))?;
    let others = |what| format!("while sending to another socket was halted: {what}");
    bystander.exchange(2).await.map_err(others)?;
    host.connect().await.map_err(others)?.exchange(3).await.map_err(others)?;

    let Pair { host, wire, served } = &mut pair;
    let client = async {
        for seed in 0..sent {
            read(host, &mut wire.reading, &[large(subject, seed)])
                .await
                .map_err(|what| format!("after the peer had begun to read: {what}"))?;
        }
        Ok(())
    };
    try_join(flush(host, served), client).await?;
    pair.exchange(4).await
}

fn large<S: Subject>(subject: &S, seed: usize) -> Vec<u8> {
    sized(subject, seed, subject.limit())
}

/// Sends until sending stops, and returns the number of packages. `None` if the link
/// refused to send.
async fn fill<S: Subject>(pair: &mut Pair<'_, S>) -> Checked<Option<usize>> {
    let mut packages = 0;
    let mut bytes = 0;
    while bytes < MOST {
        let mut share = Vec::new();
        let end = bytes + SHARE;
        while bytes < end {
            let package = large(pair.host.subject, packages);
            packages += 1;
            bytes += package.len();
            share.push(package);
        }
        let queued = pair.served.queue(&share);
        queued.map_err(|reason| format!("the server could not send: {reason}"))?;
        let mut unsent = usize::MAX;
        let mut still = 0;
        loop {
            yield_now().await;
            match poll_fn(|cx| Poll::Ready(pair.served.poll_flush(cx))).await {
                Poll::Ready(Ok(())) => break,
                Poll::Ready(Err(_)) => return Ok(None),
                Poll::Pending if pair.served.unsent() < unsent => {
                    (unsent, still) = (pair.served.unsent(), 0);
                }
                Poll::Pending => still += 1,
            }
            if still == TURNS {
                return Ok(Some(packages));
            }
        }
    }
    Err(format!("{bytes} bytes were accepted for a peer that does not read"))
}

pub(super) async fn size_limit<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let mut bystander = host.connect().await?;
    let most = subject.limit() + subject.uncounted();

    let mut pair = host.connect().await?;
    let package = of_size(subject, most)?;
    pair.up(&subject.wrap(&package), CHUNK, &[package])
        .await
        .map_err(|what| format!("a package of the largest size, {most} bytes: {what}"))?;
    pair.exchange(1).await?;

    let over = subject.wrap(&of_size(subject, most + 1)?);
    refused(host.connect().await?, &over, most).await?;

    let mut endless = subject.wrap(&of_size(subject, 2 * most)?);
    endless.pop();
    refused(host.connect().await?, &endless, most)
        .await
        .map_err(|what| format!("before all of a package twice as large had arrived: {what}"))?;

    pair.exchange(2).await?;
    bystander.exchange(3).await?;
    host.connect().await?.exchange(4).await
}

/// Returns a package of this size, which the subject must be able to make.
fn of_size<S: Subject>(subject: &S, size: usize) -> Checked<Vec<u8>> {
    let package = sized(subject, 0, size);
    match package.len() {
        length if length == size => Ok(package),
        length => Err(format!("the subject makes a package of {length} bytes, expected {size}")),
    }
}

/// Checks that these bytes of a client end the connection with `TooLarge`.
async fn refused<S: Subject>(mut pair: Pair<'_, S>, bytes: &[u8], most: usize) -> Checked {
    let Pair { host, wire, served } = &mut pair;
    let received = {
        let end = pin!(host.within("a connection to end with `TooLarge`", served.recv()));
        // The server may read any part of it.
        let written = pin!(wire.writing.write_in(bytes, CHUNK));
        match select(written, end).await {
            Either::Left((_, end)) => end.await,
            Either::Right((received, _)) => received,
        }
    };
    match received? {
        Err(CloseReason::TooLarge { .. }) => {}
        Err(other) => {
            return Err(format!("a package over {most} bytes ended the connection with `{other}`"));
        }
        Ok(package) => {
            return Err(format!("a package over {most} bytes was received: {}", show(&package)));
        }
    }
    pair.close(CloseReason::TooLarge { size: bytes.len(), limit: most }).await?;
    let Pair { host, wire, .. } = &mut pair;
    let end = async { while wire.read().await.is_ok_and(|read| read > 0) {} };
    host.within("the end of a connection that was too large", end).await
}
