//! The checks of connections' ends.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use connector_protocol::CloseReason;
use futures_util::future::try_join;

use crate::link::Link;
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::{Pair, flush, read, receive, unsendable, wrap_all};
use crate::testing::conformance::sample::{show, small};
use crate::testing::conformance::wire::Reading;

/// The number of reads after a connection has ended.
const ASKED_AGAIN: usize = 8;

pub(super) async fn closing<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let packages: Vec<_> = (0..3).map(|seed| small(subject, seed)).collect();
    peer_closes(host.connect().await?, &packages).await?;
    server_closes(host.connect().await?, &packages).await?;
    host.connect().await?.exchange(3).await
}

async fn peer_closes<S: Subject>(mut pair: Pair<'_, S>, packages: &[Vec<u8>]) -> Checked {
    let host = pair.host;
    let subject = pair.host.subject;
    let last = [wrap_all(subject, packages), subject.closing()].concat();
    pair.wire.writing.write_in(&last, usize::MAX).await?;
    let shut = pair.wire.writing.shutdown().await;
    shut.map_err(|error| format!("the client could not close: {error}"))?;
    receive(host, &mut pair.served, packages).await?;
    match pair.end("after the peer had closed").await? {
        reason if reason.is_peer_closed() => {}
        other => return Err(format!("the peer closed, but the reason is `{other}`")),
    }
    for _ in 0..ASKED_AGAIN {
        let again = poll_fn(|cx| Poll::Ready(pair.served.poll_recv(cx)));
        if let Poll::Ready(Ok(package)) = again.await {
            return Err(format!("after the end arrived a package of {}", show(&package)));
        }
        tokio::task::yield_now().await;
    }
    let Pair { wire, served, .. } = &mut pair;
    let closed = served.socket.disconnect(CloseReason::PeerClosed);
    let closed = host.within("the server to close after its peer", closed);
    try_join(closed, read_end(host, &mut wire.reading)).await.map(drop)
}

async fn server_closes<S: Subject>(mut pair: Pair<'_, S>, packages: &[Vec<u8>]) -> Checked {
    let Pair { host, wire, served } = &mut pair;
    served.queue(packages).map_err(unsendable)?;
    let server = async {
        flush(host, served).await?;
        let closed = served.socket.disconnect(CloseReason::Requested);
        host.within("the server to close", closed).await
    };
    let client = async {
        read(host, &mut wire.reading, packages).await?;
        read_end(host, &mut wire.reading).await
    };
    try_join(server, client).await?;
    // The client's half may be gone with the server's.
    let _ = wire.writing.write(&host.subject.closing()).await;
    let _ = wire.writing.shutdown().await;
    pair.end("after the server had closed").await.map(drop)
}

/// Reads to the end of the stream, which must be closed regularly.
async fn read_end<S: Subject>(host: &Host<'_, S>, reading: &mut Reading) -> Checked {
    let end = async {
        while reading.read().await? > 0 {}
        io::Result::Ok(())
    };
    host.within("the client to read the end of the stream", end)
        .await?
        .map_err(|error| format!("the client could not read to the end: {error}"))?;
    match reading.unread() {
        rest if host.subject.is_closing(rest) => Ok(()),
        rest => Err(format!(
            "the stream did not end with a regular close, its last bytes: {}",
            show(rest)
        )),
    }
}

pub(super) async fn abrupt_death<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let mut bystander = host.connect().await?;
    let bytes = subject.wrap(&small(subject, 0));
    let half = &bytes[..bytes.len() / 2];

    let mut ending = host.connect().await?;
    ending.wire.writing.write_in(half, usize::MAX).await?;
    let _ = ending.wire.writing.shutdown().await;
    broken_off(&ending.end("after its peer had ended it within a package").await?)?;

    let mut vanishing = host.connect().await?;
    vanishing.wire.writing.write_in(half, usize::MAX).await?;
    vanishing.vanish();
    broken_off(&vanishing.end("after its peer had disappeared within a package").await?)?;

    let mut vanishing = host.connect().await?;
    vanishing.vanish();
    vanishing.end("after its peer had disappeared").await?;

    bystander.exchange(1).await?;
    host.connect().await?.exchange(2).await
}

fn broken_off(reason: &CloseReason) -> Checked {
    if reason.is_peer_closed() || *reason == CloseReason::Requested {
        return Err(format!(
            "the peer disappeared within a package, but the reason is a regular close: {reason}"
        ));
    }
    Ok(())
}
