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

pub(super) async fn check<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let mut bystander = host.connect().await?;
    let mut pair = host.connect().await?;
    if flood(&host, &mut pair, &mut bystander).await? {
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
    let written = AtomicUsize::new(0);
    let enough = AtomicBool::new(false);
    let mut client = pin!(async {
        let mut packages = 0;
        while !enough.load(Ordering::Relaxed) {
            for piece in subject.wrap(&large(subject, packages)).chunks(CHUNK) {
                wire.writing.write_in(piece, CHUNK).await?;
                written.fetch_add(piece.len(), Ordering::Relaxed);
            }
            packages += 1;
        }
        Checked::Ok(packages)
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

    enough.store(true, Ordering::Relaxed);
    // The package that is under way ends, and no other begins.
    let sent = AtomicUsize::new(usize::MAX);
    let client = async {
        sent.store(client.await?, Ordering::Relaxed);
        Checked::Ok(())
    };
    let server = async {
        let mut received = 0;
        while received < sent.load(Ordering::Relaxed) {
            receive(host, served, &[large(subject, received)])
                .await
                .map_err(|what| format!("when it was read again: {what}"))?;
            received += 1;
            // The client may have written the last one.
            yield_now().await;
        }
        Ok(())
    };
    try_join(client, server).await?;
    Ok(true)
}
