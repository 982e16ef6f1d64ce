//! The loop that accepts connections, for servers and plugins alike.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::text::escaped;

use crate::metrics;
use crate::runtime::sleep;

/// The first wait after a failed accept. It doubles after each further failure.
const FIRST_WAIT: Duration = Duration::from_millis(5);
/// The longest wait after a failed accept.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Accepts connections until `stopped` is ready, and hands each to `admit`. After a
/// failure, such as a process without a free file descriptor, it waits and tries again.
pub(crate) async fn accept<T>(
    mut poll_accept: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
    stopped: impl Future<Output = ()>,
    mut admit: impl FnMut(T),
) {
    let mut wait = FIRST_WAIT;
    let mut stopped = pin!(stopped);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stopped => return,
            accepted = poll_fn(&mut poll_accept) => accepted,
        };
        match accepted {
            Ok(connection) => {
                wait = FIRST_WAIT;
                admit(connection);
            }
            Err(error) => {
                metrics::accept_failed();
                tracing::warn!(error = %escaped(&error), ?wait, "a connection could not be accepted");
                tokio::select! {
                    () = &mut stopped => return,
                    () = sleep(wait) => wait = (2 * wait).min(LONGEST_WAIT),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_longer_after_each_failure_and_forgets_them_after_a_success() {
        let start = Instant::now();
        let mut tries = Vec::new();
        let fails = |_: &mut Context<'_>| {
            tries.push(start.elapsed().as_millis());
            Poll::Ready(if tries.len() == 3 { Ok(()) } else { Err(io::ErrorKind::Other.into()) })
        };
        let mut accepted = 0;
        accept(fails, sleep(Duration::from_millis(60)), |()| accepted += 1).await;
        assert_eq!(accepted, 1);
        assert_eq!(tries, [0, 5, 15, 15, 20, 30, 50]);
        assert_eq!(start.elapsed().as_millis(), 60, "it stops while it waits");
    }

    #[tokio::test(start_paused = true)]
    async fn waits_a_second_at_most() {
        let mut tries = 0;
        let fails = |_: &mut Context<'_>| {
            tries += 1;
            Poll::<io::Result<()>>::Ready(Err(io::ErrorKind::Other.into()))
        };
        accept(fails, sleep(Duration::from_secs(60)), |()| {}).await;
        // Eight waits that double to 1,275 ms in all, then 58 of a second.
        assert_eq!(tries, 8 + 1 + 58);
    }
}
