//! Several packages are sent at once.

use crate::link::{Batch, Link};
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;
use crate::testing::conformance::sample::{sized, small};
use crate::testing::conformance::transfer::{compare, read, read_one, unsendable};

/// The numbers of packages in the batches.
const COUNTS: [usize; 3] = [1, 2, 17];

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut pair = host.connect().await?;
    for count in COUNTS {
        let mut packages: Vec<_> = (0..count).map(|seed| small(subject, seed)).collect();
        // One by one, they arrive as they are.
        for package in &packages {
            let sent = host.within("a package to be sent", pair.served.socket.send(package));
            sent.await?.map_err(unsendable)?;
        }
        read(host, &mut pair.wire.reading, &packages).await?;
        // Joined ones are one package, which has the limit too.
        if pair.served.socket.batch() == Batch::Each {
            packages.push(sized(subject, count, subject.limit().min(1_000)));
        } else {
            let most = subject.limit().saturating_sub(2) / (small(subject, 6).len() + 1);
            packages.truncate(most.max(1));
        }
        at_once(&mut pair, &packages).await?;
    }
    // A further package shows that the batches had no more bytes.
    pair.exchange(5).await
}

/// Sends a batch, which the client must read as the link defines.
async fn at_once<S: Subject>(pair: &mut Pair<'_, S>, packages: &[Vec<u8>]) -> Checked {
    let Pair { host, wire, served } = pair;
    let refs: Vec<&[u8]> = packages.iter().map(Vec::as_slice).collect();
    let kind = served.socket.batch();
    let sent = host.within("a batch to be sent", served.socket.send_batch(&refs));
    sent.await?.map_err(unsendable)?;
    let reading = &mut wire.reading;
    let batch = |what| format!("sent at once, {what}");
    match kind {
        Batch::Each => read(host, reading, packages).await.map_err(batch),
        Batch::Array => {
            let array = [b"[".as_slice(), &refs.join(&b','), b"]"].concat();
            read(host, reading, &[array]).await.map_err(batch)
        }
        Batch::Concat => {
            let all = refs.concat();
            let mut joined = Vec::new();
            while joined.len() < all.len() {
                joined.extend(read_one(host, reading, "the batch").await?);
            }
            compare("the batch", &joined, &all)
        }
    }
}
