//! The deadline of the handshake.

use std::pin::pin;

use connector_protocol::{CloseReason, Limit};

use crate::Limits;
use crate::runtime::judge_after;

/// Runs `handshake` until [`Limits::handshake`] has passed. A dry run calls `report` at
/// that time, and goes on until its raised limit has passed. What arrived in time counts, also
/// when the process was paused meanwhile.
pub(crate) async fn with_handshake_deadline<T>(
    limits: &Limits,
    report: impl FnOnce(Limit),
    handshake: impl Future<Output = Result<T, CloseReason>>,
) -> Result<T, CloseReason> {
    let mut handshake = pin!(handshake);
    if let Some(opened) = judge_after(limits.handshake, &mut handshake).await {
        return opened;
    }
    if limits.dry_run {
        report(Limit::Handshake);
        let remaining = limits.enforced().handshake.saturating_sub(limits.handshake);
        if let Some(opened) = judge_after(remaining, handshake).await {
            return opened;
        }
    }
    Err(CloseReason::HandshakeTimeout)
}
