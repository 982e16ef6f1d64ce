//! Packages have bytes of all values.

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};

/// The most bytes of a payload with many pairs.
const PAYLOAD: usize = 4_096;
/// The size of a write: a prime, so that packages are cut at different places.
const CHUNK: usize = 1_021;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut pair = host.connect().await?;
    let alone: Vec<_> = (0..=u8::MAX).map(|byte| subject.package(&[byte])).collect();
    pair.both_ways(&alone, CHUNK)
        .await
        .map_err(|what| format!("of packages with one byte each, from 0 to 255, {what}"))?;

    let around = subject.package(b"7").len() - 1;
    let length = subject.limit().saturating_sub(around).clamp(2, PAYLOAD);
    let pairs = every_pair();
    // The last byte of each is the first of the next, so that no pair is cut.
    let starts = (0..pairs.len() - 1).step_by(length - 1);
    let packages: Vec<_> = starts
        .map(|start| subject.package(&pairs[start..pairs.len().min(start + length)]))
        .collect();
    pair.both_ways(&packages, CHUNK)
        .await
        .map_err(|what| format!("of packages with bytes of all values, {what}"))?;
    pair.exchange(0).await
}

/// Returns the 65,537 bytes in which each pair of bytes is once (a de Bruijn sequence).
fn every_pair() -> Vec<u8> {
    let mut bytes = Vec::new();
    for first in 0..=u8::MAX {
        bytes.push(first);
        for second in (first..=u8::MAX).skip(1) {
            bytes.extend([first, second]);
        }
    }
    bytes.push(0);
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn every_pair_is_there_once() {
        let bytes = super::every_pair();
        let pairs: HashSet<_> = bytes.windows(2).collect();
        assert_eq!((bytes.len(), pairs.len()), (65_537, 65_536));
    }
}
