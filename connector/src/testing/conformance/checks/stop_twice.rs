//! The connector stops although it does not listen.

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let before = |what| format!("before it had started, {what}");
    host.stop().await.map_err(before)?;
    host.start().await.map_err(|what| format!("stopped before it had started, {what}"))?;
    let mut open = host.connect().await?;
    host.stop().await?;
    for _ in 0..2 {
        host.stop().await.map_err(|what| format!("when it had stopped already, {what}"))?;
    }
    if let Some(address) = host.address() {
        return Err(format!("it returns the address {address} after it was stopped twice"));
    }
    open.exchange(0).await.map_err(|what| format!("stopped twice, an open socket: {what}"))?;
    host.start().await.map_err(|what| format!("after it was stopped twice, {what}"))?;
    host.connect().await?.exchange(1).await
}
