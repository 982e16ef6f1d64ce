//! Packages keep their order.

use std::time::Instant;

use crate::testing::Subject;
use crate::testing::conformance::effort::goes_on;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::sample::{numbered, sized};

/// Sizes at which formats of lengths and buffers change.
const SIZES: [usize; 14] =
    [1, 2, 3, 17, 124, 125, 126, 127, 255, 1_025, 4_095, 4_097, 9_000, usize::MAX];
/// The number of times that all sizes are sent.
const ROUNDS: usize = 8;
/// The size of a write: a prime, so that packages are cut at different places.
const CHUNK: usize = 7_919;
/// The most small packages.
const MANY: usize = 100_000;
/// The number of those that are sent at once.
const SHARE: usize = 2_500;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut pair = host.connect().await?;
    let sizes = std::iter::repeat_n(SIZES, ROUNDS).flatten();
    let packages: Vec<_> = sizes
        .enumerate()
        .map(|(seed, size)| sized(subject, seed, size.min(subject.limit())))
        .collect();
    pair.both_ways(&packages, CHUNK).await?;

    let begun = Instant::now();
    for first in (0..MANY).step_by(SHARE) {
        let packages: Vec<_> =
            (first..first + SHARE).map(|number| numbered(subject, number)).collect();
        pair.both_ways(&packages, CHUNK)
            .await
            .map_err(|what| format!("of the small packages from number {first} on, {what}"))?;
        if !goes_on(subject, begun) {
            break;
        }
    }
    pair.exchange(0).await
}
