//! Handshakes with the addresses of a name, of which the first to succeed wins (RFC 8305).

use std::future::poll_fn;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::runtime::sleep;

/// The time that an attempt has before the next one begins beside it.
const PAUSE: Duration = Duration::from_millis(250);

/// Makes an attempt at each address, the next one when an attempt has failed or has taken 250 ms,
/// and returns the first success. The others are dropped. Returns `None` without addresses.
///
/// # Errors
/// Returns the first failure if all attempts fail.
pub(in crate::transport) async fn race<A, F, T, E>(
    addresses: impl IntoIterator<Item = A>,
    attempt: impl Fn(A) -> F,
) -> Option<Result<T, E>>
where
    F: Future<Output = Result<T, E>>,
{
    let mut addresses = addresses.into_iter();
    let mut running = FuturesUnordered::new();
    let mut failure = None;
    loop {
        let next = addresses.next();
        let is_last = next.is_none();
        running.extend(next.map(&attempt));
        if running.is_empty() {
            return failure.map(Err);
        }
        let ended = poll_fn(|cx| running.poll_next_unpin(cx));
        tokio::select! {
            biased;
            ended = ended => match ended {
                Some(Ok(won)) => return Some(Ok(won)),
                Some(Err(error)) => _ = failure.get_or_insert(error),
                None => {}
            },
            () = sleep(PAUSE), if !is_last => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Instant;

    /// An address whose attempt ends so after so many milliseconds.
    type Attempt = (u64, Result<&'static str, &'static str>);

    async fn raced(attempts: &[Attempt]) -> (u128, Option<Result<&'static str, &'static str>>) {
        let since = Instant::now();
        let won = race(attempts, |&(ms, end)| async move {
            sleep(Duration::from_millis(ms)).await;
            end
        });
        let won = won.await;
        (since.elapsed().as_millis(), won)
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_handshake_wins() {
        let dead = (60_000, Err("dead"));
        assert_eq!(raced(&[(10, Ok("first")), (0, Ok("second"))]).await, (10, Some(Ok("first"))));
        assert_eq!(raced(&[dead, (10, Ok("second"))]).await, (260, Some(Ok("second"))));
        assert_eq!(raced(&[dead, dead, (10, Ok("third"))]).await, (510, Some(Ok("third"))));
        // A slow one is not given up for the next.
        assert_eq!(
            raced(&[(300, Ok("first")), (100, Ok("second"))]).await,
            (300, Some(Ok("first")))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_lets_the_next_begin_at_once() {
        let refused = (10, Err("refused"));
        assert_eq!(raced(&[refused, (20, Ok("second"))]).await, (30, Some(Ok("second"))));
        assert_eq!(raced(&[refused, (20, Err("closed"))]).await, (30, Some(Err("refused"))));
        assert_eq!(raced(&[]).await, (0, None));
    }
}
