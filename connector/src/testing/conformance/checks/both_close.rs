//! Both sides close at the same time.

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
    let mut pair = host.connect().await?;
    // All of it is on its way before the server looks.
    pair.end_stream(&wrap_all(subject, &packages)).await?;

    let Pair { wire, served, .. } = &mut pair;
    served.queue(&packages).map_err(unsendable)?;
    let server = async {
        flush(host, served).await?;
        let closed = served.socket.disconnect(CloseReason::Requested);
        host.within("the server to close when its peer has closed too", closed).await?;
        receive(host, served, &packages).await
    };
    let client = async {
        read(host, &mut wire.reading, &packages).await?;
        read_end(host, &mut wire.reading).await
    };
    let both = |what| format!("when both sides had closed, {what}");
    try_join(server, client).await.map_err(both)?;
    pair.end("after both sides had closed").await?;
    host.connect().await?.exchange(3).await
}
