//! The checks that packages stay complete and in order.

use crate::link::{Batch, Link};
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::{compare, read, read_one, unsendable, wrap_all};
use crate::testing::conformance::sample::{sized, small};

/// Sizes at which formats of lengths and buffers change.
const SIZES: [usize; 14] =
    [1, 2, 3, 17, 124, 125, 126, 127, 255, 1_025, 4_095, 4_097, 9_000, usize::MAX];
/// The number of times that all sizes are sent.
const ROUNDS: usize = 8;
/// The size of a write: a prime, so that packages are cut at different places.
const CHUNK: usize = 7_919;

pub(super) async fn fragmented<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let mut pair = host.connect_in(1).await?;
    for (seed, size) in [1, 40, 130].into_iter().enumerate() {
        let package = sized(subject, seed, size.min(subject.limit()));
        pair.up(&subject.wrap(&package), 1, &[package]).await?;
    }
    pair.exchange(3).await
}

pub(super) async fn coalesced<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let mut pair = host.connect().await?;
    let packages: Vec<_> = (0..6).map(|seed| small(subject, seed)).collect();
    let (whole, cut) = packages.split_at(5);
    let last = subject.wrap(&cut[0]);
    let (front, rest) = last.split_at(last.len() / 2);
    pair.up(&[&wrap_all(subject, whole), front].concat(), usize::MAX, whole).await?;
    pair.up(rest, usize::MAX, cut).await?;
    pair.exchange(6).await
}

pub(super) async fn order<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let mut pair = host.connect().await?;
    let sizes = std::iter::repeat_n(SIZES, ROUNDS).flatten();
    let packages: Vec<_> = sizes
        .enumerate()
        .map(|(seed, size)| sized(subject, seed, size.min(subject.limit())))
        .collect();
    pair.both_ways(&packages, CHUNK).await?;
    pair.exchange(0).await
}

pub(super) async fn batch<S: Subject>(subject: &S) -> Checked {
    let host = Host::start(subject).await?;
    let mut pair = host.connect().await?;
    let packages: Vec<_> = (0..5).map(|seed| small(subject, seed)).collect();
    let refs: Vec<&[u8]> = packages.iter().map(Vec::as_slice).collect();
    let kind = pair.served.socket.batch();
    let sent = host.within("a batch to be sent", pair.served.socket.send_batch(&refs));
    sent.await?.map_err(unsendable)?;
    let reading = &mut pair.wire.reading;
    match kind {
        Batch::Each => read(&host, reading, &packages).await?,
        Batch::Array => {
            let array = [b"[".as_slice(), &refs.join(&b','), b"]"].concat();
            read(&host, reading, &[array]).await?;
        }
        Batch::Concat => {
            let all = refs.concat();
            let mut joined = Vec::new();
            while joined.len() < all.len() {
                joined.extend(read_one(&host, reading, "the batch").await?);
            }
            compare("the batch", &joined, &all)?;
        }
    }
    // A further package shows that the batch had no more bytes.
    pair.exchange(5).await
}
