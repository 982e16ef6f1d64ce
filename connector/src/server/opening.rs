//! How long an opening may take.

use std::pin::pin;

use connector_protocol::{CloseReason, Limit};
use tokio::time::timeout;

use crate::{Limits, metrics};

/// Opens within the deadline for that, or in a dry run within several times of
/// it.
pub(super) async fn in_time<T>(
    limits: &Limits,
    steps: impl Future<Output = Result<T, CloseReason>>,
) -> Result<T, CloseReason> {
    let mut steps = pin!(steps);
    if let Ok(opened) = timeout(limits.handshake, &mut steps).await {
        return opened;
    }
    if limits.dry_run {
        let limit = Limit::Handshake;
        metrics::reached(limit);
        tracing::warn!(limit = limit.name(), "over a limit, in a dry run");
        let rest = limits.enforced().handshake.saturating_sub(limits.handshake);
        if let Ok(opened) = timeout(rest, steps).await {
            return opened;
        }
    }
    Err(CloseReason::HandshakeTimeout)
}
