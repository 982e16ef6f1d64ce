//! Several packages arrive in one read.

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::sample::small;
use crate::testing::conformance::transfer::wrap_all;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut pair = host.connect().await?;
    let packages: Vec<_> = (0..6).map(|seed| small(subject, seed)).collect();
    let (whole, cut) = packages.split_at(5);
    let last = subject.wrap(&cut[0]);
    let (front, rest) = last.split_at(last.len() / 2);
    pair.up(&[&wrap_all(subject, whole), front].concat(), usize::MAX, whole).await?;
    pair.up(rest, usize::MAX, cut).await?;
    pair.exchange(6).await
}
