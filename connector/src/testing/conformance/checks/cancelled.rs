//! An open, a receive and a close are cancelled.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use connector_protocol::CloseReason;
use futures_util::future::try_join;

use crate::link::{Inbox, Link, Opening};
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;
use crate::testing::conformance::sample::{Nth, small};
use crate::testing::conformance::transfer::{compare, read_end, wrap_all};

/// The sizes of the client's writes. With 1 a receive is dropped behind each byte.
const CHUNKS: [usize; 3] = [1, 7, usize::MAX];

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    open(host).await?;
    let subject = host.subject;
    let mut pair = host.connect().await?;
    let Pair { wire, served, .. } = &mut pair;
    let mut inbox = Inbox::new(subject.limit());
    for chunk in CHUNKS {
        let packages: Vec<_> = (0..9).map(|seed| small(subject, seed)).collect();
        let bytes = wrap_all(subject, &packages);
        let client = wire.writing.write_in(&bytes, chunk);
        let server = async {
            for (at, want) in packages.iter().enumerate() {
                // Each poll is that of another future, which is dropped behind it.
                let received = poll_fn(|cx| pin!(served.socket.recv(&mut inbox)).as_mut().poll(cx));
                let what = "a package, while each receive was dropped";
                match host.within(what, received).await? {
                    Ok(got) => compare(Nth(at, packages.len()), &got, want)
                        .map_err(|what| format!("while each receive was dropped, {what}"))?,
                    Err(reason) => return Err(format!("while it was received, {reason}")),
                }
            }
            Ok(())
        };
        try_join(client, server).await?;
    }
    let closed =
        poll_fn(|cx| pin!(served.socket.disconnect(CloseReason::Requested)).as_mut().poll(cx));
    let what = "the server to close, while each disconnect was dropped";
    try_join(host.within(what, closed), read_end(host, &mut wire.reading)).await.map(drop)
}

/// Opens a connection, and receives its first package.
async fn open<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let package = small(subject, 9);
    let client = async {
        let mut wire = host.dial().await?;
        wire.writing.write_in(&subject.wrap(&package), usize::MAX).await?;
        Ok(wire)
    };
    let server = async {
        let accepted = poll_fn(|_| host.take_accepted().pop().map_or(Poll::Pending, Poll::Ready));
        let mut served = host.within("a connection to be accepted", accepted).await?;
        let (mut inbox, mut peer) = (Inbox::new(subject.limit()), served.peer.clone());
        // Each poll is that of another future, which is dropped behind it.
        let opened = poll_fn(|cx| {
            let mut opening = Opening::new(&mut inbox, &mut peer);
            pin!(served.socket.open(&mut opening)).as_mut().poll(cx)
        });
        let opened = host.within("a connection to open, while each open was dropped", opened);
        let failed = |reason| format!("while each open was dropped, it failed: {reason}");
        opened.await?.map_err(failed)?;
        let received = host.within("the first package", served.socket.recv(&mut inbox)).await?;
        let failed = |reason| format!("behind opens that were dropped: {reason}");
        compare("the first package", &received.map_err(failed)?, &package)?;
        Ok(served)
    };
    // The client stays until the server has its package.
    try_join(client, server).await.map(drop)
}
