//! A connection has ended.

use std::future::poll_fn;
use std::task::Poll;

use connector_protocol::CloseReason;
use tokio::task::yield_now;

use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;
use crate::testing::conformance::sample::{show, small};
use crate::testing::conformance::transfer::receive;
use crate::testing::{Behaviour, Subject};

/// The number of polls after a connection has ended.
const ASKED_AGAIN: usize = 8;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let package = small(subject, 0);
    let bytes = subject.wrap(&package);

    let mut closed = host.connect().await?;
    closed.end_stream(&bytes).await?;
    receive(host, &mut closed.served, &[package]).await?;
    closed.end("after the peer had closed").await?;
    nothing(&mut closed, "after the peer had closed").await?;

    // What a peer sends behind its own close does not count.
    if !subject.closing().is_empty() {
        let mut talking = host.connect().await?;
        let last = [subject.closing(), bytes.clone()].concat();
        talking.wire.writing.write_in(&last, usize::MAX).await?;
        talking.end("behind the peer's close").await?;
        nothing(&mut talking, "behind the peer's close").await?;
    }

    if host.requires(Behaviour::AbruptDeath) {
        let mut broken = host.connect().await?;
        broken.wire.writing.write_in(&bytes[..bytes.len() / 2], usize::MAX).await?;
        broken.vanish();
        broken.end("after its peer had disappeared").await?;
        nothing(&mut broken, "after its peer had disappeared").await?;
    }

    let mut left = host.connect().await?;
    left.close(CloseReason::Requested).await?;
    // The client's half may be gone with the server's.
    let _ = left.wire.writing.write(&subject.closing()).await;
    let _ = left.wire.writing.shutdown().await;
    left.end("after the server had closed").await?;
    nothing(&mut left, "after the server had closed").await
}

/// Checks that nothing is received however often it is asked for.
async fn nothing<S: Subject>(pair: &mut Pair<'_, S>, when: &str) -> Checked {
    for _ in 0..ASKED_AGAIN {
        let again = poll_fn(|cx| Poll::Ready(pair.served.poll_recv(cx))).await;
        if let Poll::Ready(Ok(package)) = again {
            return Err(format!("{when}, its end was followed by {}", show(&package)));
        }
        yield_now().await;
    }
    Ok(())
}
