//! Packages have sizes around those at which formats change.

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::sample::{payload, sized};

/// The sizes at which lengths get another byte, in the formats that are known.
const BOUNDARIES: [usize; 3] = [126, 256, 65_536];
/// The size of a write: a prime, so that packages are cut at different places.
const CHUNK: usize = 7_919;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut pair = host.connect().await?;
    for size in sizes(subject) {
        let payload = payload(size, size);
        // The limit is that of a package, and the boundary may be that of either.
        let packages: Vec<_> = [subject.package(&payload), sized(subject, size, size)]
            .into_iter()
            .filter(|package| package.len() <= subject.limit() + subject.uncounted())
            .collect();
        pair.both_ways(&packages, CHUNK)
            .await
            .map_err(|what| format!("of a payload and a package of {size} bytes, {what}"))?;
    }
    pair.exchange(0).await
}

fn sizes<S: Subject>(subject: &S) -> Vec<usize> {
    let most = subject.limit() + subject.uncounted();
    let around = |size: usize| [size - 1, size, size + 1];
    let sizes = [0, 1].into_iter().chain(BOUNDARIES.into_iter().flat_map(around));
    let sizes = sizes.chain([most - 1, most]);
    sizes.filter(|size| (subject.smallest()..=most).contains(size)).collect()
}
