//! The server does not read.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;

use futures_util::future::try_join;
use tokio::task::yield_now;

use crate::testing::Subject;
use crate::testing::conformance::filling::{MOST, TURNS, large};
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;
use crate::testing::conformance::transfer::receive;

/// The size of the client's writes.
const CHUNK: usize = 16 * 1024;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let mut bystander = host.connect().await?;
    let mut pair = host.connect().await?;
    if flood(host, &mut pair, &mut bystander).await? {
        pair.exchange(3).await?;
    }
    bystander.exchange(4).await
}

/// Lets the client write until nothing more is accepted, then reads all of it. Returns
/// `false` if the link has ended such a peer instead.
async fn flood<S: Subject>(
    host: &Host<'_, S>,
    pair: &mut Pair<'_, S>,
    bystander: &mut Pair<'_, S>,
) -> Checked<bool> {
    let subject = host.subject;
    let Pair { wire, served, .. } = pair;
    let begun = AtomicUsize::new(0);
    let written = AtomicUsize::new(0);
    let enough = AtomicBool::new(false);
    let mut client = pin!(async {
        while !enough.load(Ordering::Relaxed) {
            let package = large(subject, begun.fetch_add(1, Ordering::Relaxed));
            for piece in subject.wrap(&package).chunks(CHUNK) {
                wire.writing.write_in(piece, CHUNK).await?;
                written.fetch_add(piece.len(), Ordering::Relaxed);
            }
        }
        Checked::Ok(())
    });
    let mut still = 0;
    while still < TURNS {
        let before = written.load(Ordering::Relaxed);
        if let Poll::Ready(Err(_)) = poll_fn(|cx| Poll::Ready(client.as_mut().poll(cx))).await {
            return Ok(false);
        }
        let after = written.load(Ordering::Relaxed);
        if after > MOST {
            return Err(format!("{after} bytes were accepted by a socket that is not read"));
        }
        still = if after > before { 0 } else { still + 1 };
        yield_now().await;
    }
    let others = |what| format!("while another socket was not read: {what}");
    bystander.exchange(1).await.map_err(others)?;
    host.connect().await.map_err(others)?.exchange(2).await.map_err(others)?;

    // The package that is under way ends, and no other begins.
    enough.store(true, Ordering::Relaxed);
    let server = async {
        for seed in 0..begun.load(Ordering::Relaxed) {
            receive(host, served, &[large(subject, seed)])
                .await
                .map_err(|what| format!("when it was read again: {what}"))?;
        }
        Ok(())
    };
    try_join(client, server).await?;
    Ok(true)
}
