//! The peer disappears without closing.

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::sample::small;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut bystander = host.connect().await?;
    let bytes = subject.wrap(&small(subject, 0));
    let half = &bytes[..bytes.len() / 2];

    let mut vanishing = host.connect().await?;
    vanishing.wire.writing.write_in(half, usize::MAX).await?;
    vanishing.vanish();
    vanishing.end("after its peer had disappeared within a package").await?;

    let mut vanishing = host.connect().await?;
    vanishing.vanish();
    vanishing.end("after its peer had disappeared").await?;

    bystander.exchange(1).await?;
    host.connect().await?.exchange(2).await
}
