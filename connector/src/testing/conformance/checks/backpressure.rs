//! The peer does not read.

use futures_util::future::try_join;

use crate::testing::Subject;
use crate::testing::conformance::filling::{fill, large};
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;
use crate::testing::conformance::sample::small;
use crate::testing::conformance::transfer::{flush, read};

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut bystander = host.connect().await?;
    let mut pair = host.connect().await?;
    let Some(sent) = fill(&mut pair).await? else {
        // A link may end the connection instead of waiting.
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
