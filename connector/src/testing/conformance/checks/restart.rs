//! The connector stops and starts again.

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};

/// The number of times that it starts again.
const TIMES: usize = 3;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let mut old = host.connect().await?;
    let address = host.address();
    for time in 1..=TIMES {
        let again = |what| format!("started again for the {time}. time, {what}");
        host.stop().await?;
        host.start().await.map_err(again)?;
        let now = host.address();
        if now != address {
            return Err(format!("it was at {address:?} and is at {now:?} after it started again"));
        }
        host.connect().await.map_err(again)?.exchange(time).await.map_err(again)?;
    }
    old.exchange(0).await
}
