//! A connection breaks off.

use connector_protocol::CloseReason;

use crate::testing::Subject;
use crate::testing::conformance::host::{Checked, Host};
use crate::testing::conformance::sample::small;

pub(super) async fn check<S: Subject>(host: &Host<'_, S>) -> Checked {
    let subject = host.subject;
    let bytes = subject.wrap(&small(subject, 0));
    let half = &bytes[..bytes.len() / 2];

    let mut ending = host.connect().await?;
    ending.wire.writing.write_in(half, usize::MAX).await?;
    let _ = ending.wire.writing.shutdown().await;
    is_error(&ending.end("after its peer had ended it within a package").await?)?;

    let mut vanishing = host.connect().await?;
    vanishing.wire.writing.write_in(half, usize::MAX).await?;
    vanishing.vanish();
    is_error(&vanishing.end("after its peer had disappeared within a package").await?)?;

    let mut closing = host.connect().await?;
    closing.end_stream(&[]).await?;
    match closing.end("after its peer had closed it").await? {
        reason if reason.is_peer_closed() => Ok(()),
        other => Err(format!("the peer closed regularly, but the reason is `{other}`")),
    }
}

fn is_error(reason: &CloseReason) -> Checked {
    if reason.is_peer_closed() || *reason == CloseReason::Requested {
        return Err(format!(
            "the connection ended within a package, but the reason is a regular close: {reason}"
        ));
    }
    Ok(())
}
