//! The peer is described.

use crate::Socket;
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::pair::Pair;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let mut first = host.connect().await?;
    let mut second = host.connect().await?;
    for pair in [&mut first, &mut second] {
        described(pair)?;
        pair.exchange(0).await?;
        described(pair)?;
    }
    let transport = second.served.peer.transport;
    if first.served.peer.transport != transport {
        let other = first.served.peer.transport;
        return Err(format!("one peer's transport is `{other}`, and another's `{transport}`"));
    }
    second.end_stream(&[]).await?;
    second.end("after its peer had closed").await?;
    let (before, after) = (&second.served.accepted, second.served.socket.peer());
    if before != after {
        return Err(format!("the peer was `{before}`, and is `{after}` after its end"));
    }
    first.exchange(1).await
}

fn described<S: Subject>(pair: &Pair<'_, S>) -> Checked {
    let peer = &pair.served.peer;
    let expected = pair.host.subject.transport();
    if peer.transport.is_empty() || expected.is_some_and(|expected| expected != peer.transport) {
        let expected = expected.unwrap_or("its name");
        return Err(format!("the peer's transport is `{}`, not `{expected}`", peer.transport));
    }
    match &pair.wire.address {
        Some(address) if *address != peer.address => {
            Err(format!("the peer's address is {}, not the client's {address}", peer.address))
        }
        _ => Ok(()),
    }
}
