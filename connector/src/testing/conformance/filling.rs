//! Sending to a peer that does not read.

use std::future::poll_fn;
use std::task::Poll;

use connector_protocol::CloseReason;
use tokio::task::yield_now;

use super::Subject;
use super::host::Checked;
use super::pair::Pair;
use super::sample::sized;

/// The most bytes that may be accepted for a side that does not read. Operating systems
/// buffer some megabytes.
pub(super) const MOST: usize = 32 << 20;
/// The number of turns without progress after which a transfer counts as stopped.
pub(super) const TURNS: usize = 16;
/// The number of bytes that the server queues at once.
const SHARE: usize = 256 * 1024;

/// Returns a package of the largest size that differs by its seed.
pub(super) fn large<S: Subject>(subject: &S, seed: usize) -> Vec<u8> {
    sized(subject, seed, subject.limit())
}

/// Sends [`large`] packages from the server until sending stops, and returns their number.
/// `None` if the link has ended, and said that the peer is too slow or that too much is held.
pub(super) async fn fill<S: Subject>(pair: &mut Pair<'_, S>) -> Checked<Option<usize>> {
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
                Poll::Ready(Err(reason)) if is_about_slowness(&reason) => return Ok(None),
                Poll::Ready(Err(reason)) => {
                    return Err(format!("the peer did not read, and the link failed: {reason}"));
                }
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

/// Returns `true` for the reasons of a link that does not wait for a peer.
fn is_about_slowness(reason: &CloseReason) -> bool {
    matches!(
        reason,
        CloseReason::SlowPeer { .. } | CloseReason::Stalled { .. } | CloseReason::Overloaded { .. }
    )
}
