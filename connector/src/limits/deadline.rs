//! How long an opening may take.

use std::pin::pin;

use connector_protocol::{CloseReason, Limit};

use crate::Limits;
use crate::runtime::timeout;

/// Opens within the deadline for that, or in a dry run within several times of
/// it; `reached` is told then that it took too long.
pub(crate) async fn in_time<T>(
    limits: &Limits,
    reached: impl FnOnce(Limit),
    steps: impl Future<Output = Result<T, CloseReason>>,
) -> Result<T, CloseReason> {
    let mut steps = pin!(steps);
    if let Some(opened) = timeout(limits.handshake, &mut steps).await {
        return opened;
    }
    if limits.dry_run {
        reached(Limit::Handshake);
        let rest = limits.enforced().handshake.saturating_sub(limits.handshake);
        if let Some(opened) = timeout(rest, steps).await {
            return opened;
        }
    }
    Err(CloseReason::HandshakeTimeout)
}
