//! A package is too large.

use std::pin::pin;

use connector_protocol::CloseReason;
use futures_util::future::{Either, select};

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;
use crate::testing::conformance::sample::{show, sized};

/// The size of the client's writes.
const CHUNK: usize = 8 * 1024;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let mut bystander = host.connect().await?;
    let most = subject.limit() + subject.uncounted();

    let mut pair = host.connect().await?;
    let package = of_size(subject, most)?;
    pair.up(&subject.wrap(&package), CHUNK, &[package])
        .await
        .map_err(|what| format!("a package of the largest size, {most} bytes: {what}"))?;
    pair.exchange(1).await?;

    let over = subject.wrap(&of_size(subject, most + 1)?);
    refused(host.connect().await?, &over, most).await?;

    let mut endless = subject.wrap(&of_size(subject, 2 * most)?);
    endless.pop();
    refused(host.connect().await?, &endless, most)
        .await
        .map_err(|what| format!("before all of a package twice as large had arrived: {what}"))?;

    pair.exchange(2).await?;
    bystander.exchange(3).await?;
    host.connect().await?.exchange(4).await
}

/// Returns a package of this size, which the subject must be able to make.
fn of_size<S: Subject>(subject: &S, size: usize) -> Checked<Vec<u8>> {
    let package = sized(subject, 0, size);
    match package.len() {
        length if length == size => Ok(package),
        length => Err(format!("the subject makes a package of {length} bytes, expected {size}")),
    }
}

/// Checks that these bytes of a client end the connection with `TooLarge`.
async fn refused<S: Subject>(mut pair: Pair<'_, S>, bytes: &[u8], most: usize) -> Checked {
    let Pair { host, wire, served } = &mut pair;
    let received = {
        let end = pin!(host.within("a connection to end with `TooLarge`", served.recv()));
        // The server may read any part of it.
        let written = pin!(wire.writing.write_in(bytes, CHUNK));
        match select(written, end).await {
            Either::Left((_, end)) => end.await,
            Either::Right((received, _)) => received,
        }
    };
    match received? {
        Err(CloseReason::TooLarge { .. }) => {}
        Err(other) => {
            return Err(format!("a package over {most} bytes ended the connection with `{other}`"));
        }
        Ok(package) => {
            return Err(format!("a package over {most} bytes was received: {}", show(&package)));
        }
    }
    pair.close(CloseReason::TooLarge { size: bytes.len(), limit: most }).await?;
    let Pair { host, wire, .. } = &mut pair;
    let end = async { while wire.read().await.is_ok_and(|read| read > 0) {} };
    host.within("the end of a connection that was too large", end).await
}
