//! The promises of links of messages, and their checks.

mod end;
mod promises;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::plugin::MessageLink;
use crate::runtime::timeout;

use self::end::Checked;

/// The time that each promise has. What is kept takes a small part of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Checks that two links of messages, which are one another's other end, keep the promises of
/// [`MessageLink`]. `open` makes a new pair for each of them:
///
/// | promise | requirement |
/// |---|---|
/// | contents | messages arrive with all their fields, in both directions |
/// | order | messages of all sizes, and many small ones, arrive in the order in which they were sent, in both directions at once |
/// | end | when one end closes, the other receives everything that was sent before, then its end, and nothing behind that |
/// | drop | when one end is dropped, the other one ends |
/// | backpressure | for a peer that does not read, a bounded number of bytes is taken, and [`MessageLink::unsent`] tells of them, or the link ends; when the peer reads, everything arrives |
/// | wakers | a wait that is given up loses nothing, and the last task that waits is woken |
///
/// Both ends are driven like those of a plugin and its engine, within this task.
///
/// ```
/// use connector::plugin::LocalLink;
/// use connector::testing::message_links;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// message_links(async || LocalLink::pair()).await;
/// # }
/// ```
///
/// # Panics
/// Panics if a promise is not kept, with what happened instead.
///
/// # Cancel safety
/// Dropping the future ends the checks.
pub async fn message_links<A: MessageLink, B: MessageLink>(open: impl AsyncFn() -> (A, B)) {
    assert_kept("contents", promises::contents(&open)).await;
    assert_kept("order", promises::order(&open)).await;
    assert_kept("end", promises::end(&open)).await;
    assert_kept("drop", promises::dropped(&open)).await;
    assert_kept("backpressure", promises::backpressure(&open)).await;
    assert_kept("wakers", promises::wakers(&open)).await;
}

async fn assert_kept(promise: &str, check: impl Future<Output = Checked>) {
    match timeout(PATIENCE, check).await {
        Some(Ok(())) => {}
        Some(Err(what)) => panic!("the links do not keep the promise `{promise}`: {what}"),
        None => panic!("the promise `{promise}` was not kept within {PATIENCE:?}"),
    }
}
