//! A receive is cancelled.

use std::future::poll_fn;
use std::pin::pin;

use connector_protocol::CloseReason;
use futures_util::future::try_join;

use crate::link::{Inbox, Link};
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;
use crate::testing::conformance::sample::{Nth, small};
use crate::testing::conformance::transfer::{compare, read_end, wrap_all};

/// The sizes of the client's writes. With 1 a receive is dropped behind each byte.
const CHUNKS: [usize; 3] = [1, 7, usize::MAX];

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
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
