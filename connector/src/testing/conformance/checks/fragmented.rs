//! Packages arrive byte by byte.

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::sample::sized;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut pair = host.connect_in(1).await?;
    for (seed, size) in [1, 40, 130].into_iter().enumerate() {
        let package = sized(subject, seed, size.min(subject.limit()));
        pair.up(&subject.wrap(&package), 1, &[package]).await?;
    }
    pair.exchange(3).await
}
