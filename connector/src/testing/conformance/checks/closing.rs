//! Either side closes.

use connector_protocol::CloseReason;
use futures_util::future::try_join;

use crate::link::Link;
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;
use crate::testing::conformance::sample::small;
use crate::testing::conformance::transfer::{flush, read, read_end, receive, unsendable, wrap_all};

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let packages: Vec<_> = (0..3).map(|seed| small(subject, seed)).collect();
    peer_closes(host.connect().await?, &packages).await?;
    server_closes(host.connect().await?, &packages).await?;
    host.connect().await?.exchange(3).await
}

async fn peer_closes<S: Subject>(mut pair: Pair<'_, S>, packages: &[Vec<u8>]) -> Checked {
    pair.end_stream(&wrap_all(pair.host.subject, packages)).await?;
    receive(pair.host, &mut pair.served, packages).await?;
    match pair.end("after the peer had closed").await? {
        reason if reason.is_peer_closed() => {}
        other => return Err(format!("the peer closed, but the reason is `{other}`")),
    }
    pair.close_and_read_end(CloseReason::PeerClosed).await
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
