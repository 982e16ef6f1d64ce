//! Deadlines at which somebody else is judged as late.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::poll_fn;

use super::{Instant, Sleep, poll_alarm, sleep_until};

/// The time for which the process has to be awake before somebody is judged. After a pause of
/// the process the runtime tells of timers before it tells of what lies in the kernel, so what
/// came in time has not been read.
pub(crate) const GRACE: Duration = Duration::from_millis(50);
/// An alarm that is as late tells of another pause, and not of a busy process.
pub(crate) const PAUSE: Duration = Duration::from_secs(2);

/// The watch over a deadline at which somebody else is late: it looks at the clock a little
/// before, so that it knows whether the process was awake.
#[derive(Debug, Default)]
pub(crate) struct Judgement(Option<Watch>);

#[derive(Debug)]
struct Watch {
    deadline: Instant,
    /// The time of the next look at the clock.
    next: Instant,
    /// The process was paused, and what came meanwhile is being read.
    put_off: bool,
}

impl Judgement {
    /// Waits until the deadline has passed and the process was awake before.
    pub(crate) fn poll(
        &mut self,
        mut alarm: Pin<&mut Sleep>,
        deadline: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        self.0.take_if(|watch| watch.deadline != deadline);
        let watch = self.0.get_or_insert_with(|| Watch {
            deadline,
            next: deadline.checked_sub(GRACE).unwrap_or(deadline),
            put_off: false,
        });
        loop {
            let now = Instant::now();
            if now < watch.next {
                ready!(poll_alarm(alarm.as_mut(), watch.next, cx));
                continue;
            }
            let late = now - watch.next;
            if late >= if watch.put_off { PAUSE } else { GRACE } {
                watch.put_off = true;
                watch.next = now.checked_add(GRACE).map_or(deadline, |next| next.max(deadline));
            } else if now >= deadline {
                return Poll::Ready(());
            } else {
                watch.next = deadline;
            }
        }
    }
}

/// Waits for somebody else's answer until a deadline, if there is one. Returns `None` if it is
/// late. An answer that came while the process was paused is not. The future is polled at
/// least once.
pub(crate) async fn judge_at<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    // Most are ready at once, and need no timer.
    if let Poll::Ready(output) = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
        return Some(output);
    }
    let Some(deadline) = deadline else { return Some(future.await) };
    let now = Instant::now();
    let first = deadline.checked_sub(GRACE).map_or(now, |first| first.max(now));
    let mut alarm = pin!(sleep_until(first));
    // Whoever waits for less than the grace was awake when the time began.
    let mut judgement = Judgement(Some(Watch { deadline, next: first, put_off: false }));
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        judgement.poll(alarm.as_mut(), deadline, cx).map(|()| None)
    })
    .await
}

/// Waits for somebody else's answer for at most `limit`, as [`judge_at`] does. A limit beyond
/// the clock's range never passes.
pub(crate) async fn judge_after<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    judge_at(Instant::now().checked_add(limit), future).await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::{advance, sleep};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Waits for an answer for ten seconds. Returns it with the time that this took.
    fn ask<F>(answer: F) -> JoinHandle<(Option<F::Output>, Duration)>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        tokio::spawn(async move {
            let start = Instant::now();
            (judge_after(10 * SECOND, answer).await, start.elapsed())
        })
    }

    /// Lets all tasks run, as the runtime does before it looks at what lies in the kernel.
    async fn run_tasks() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_is_late_exactly_at_the_deadline() {
        assert_eq!(ask(pending::<()>()).await.unwrap(), (None, 10 * SECOND));
        assert_eq!(judge_after(Duration::ZERO, pending::<()>()).await, None);
        assert_eq!(judge_after(Duration::ZERO, ready(1)).await, Some(1));
        let start = Instant::now();
        assert_eq!(judge_after(GRACE / 2, pending::<()>()).await, None);
        assert_eq!(start.elapsed(), GRACE / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_in_a_pause_is_in_time() {
        // The pause begins early, and shortly before the deadline.
        for awake in [SECOND, 10 * SECOND - GRACE / 2] {
            let (answers, answered) = oneshot::channel();
            let asked = ask(answered);
            run_tasks().await;
            sleep(awake).await;
            advance(60 * SECOND).await;
            run_tasks().await;
            assert!(!asked.is_finished(), "it was not read yet");
            answers.send(()).unwrap();
            assert_eq!(asked.await.unwrap().0, Some(Ok(())));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_ends_at_the_deadline_puts_off_too() {
        let asked = ask(pending::<()>());
        run_tasks().await;
        advance(10 * SECOND + GRACE / 2).await;
        run_tasks().await;
        assert!(!asked.is_finished());
        assert_eq!(asked.await.unwrap(), (None, 10 * SECOND + GRACE / 2 + GRACE));
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_follow_one_another_and_a_busy_process_is_none() {
        let asked = ask(pending::<()>());
        run_tasks().await;
        for _ in 0..3 {
            advance(60 * SECOND).await;
            run_tasks().await;
            assert!(!asked.is_finished());
        }
        advance(SECOND).await;
        run_tasks().await;
        assert!(asked.is_finished(), "late by a second alone");
        assert_eq!(asked.await.unwrap().0, None);
    }
}
