//! The connector stops while sockets are open.

use connector_protocol::CloseReason;

use crate::Address;
use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::sample::small;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let mut open = host.connect().await?;
    let mut closing = host.connect().await?;
    let address = host.address();
    host.stop().await?;
    if let Some(address) = host.address() {
        return Err(format!("it still returns the address {address} after it was stopped"));
    }
    let after = |what| format!("after `stop`, an open socket: {what}");
    open.exchange(0).await.map_err(after)?;
    refused(host, address.as_ref()).await?;
    let packages: Vec<_> = (1..4).map(|seed| small(host.subject, seed)).collect();
    open.both_ways(&packages, usize::MAX).await.map_err(after)?;
    closing.close_and_read_end(CloseReason::Requested).await.map_err(after)?;
    open.exchange(5).await.map_err(after)
}

/// Checks that connections to the address are refused.
async fn refused<S: Subject>(host: &Host<'_, S>, address: Option<&Address>) -> Checked {
    let address = address.unwrap_or(&Address::Unnamed);
    let served = || {
        host.set_taken();
        format!("{address} still accepts connections after `stop`")
    };
    let dialed = host.within("a refusal", host.subject.dial(address)).await;
    match dialed.map_err(|_| served())? {
        Err(_) => Ok(()),
        // With some transports only reading shows that nothing listens.
        Ok(mut wire) => match host.within("a refusal", wire.read()).await {
            Ok(Err(_) | Ok(0)) => Ok(()),
            _ => Err(served()),
        },
    }
}
