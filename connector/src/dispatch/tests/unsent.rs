//! Calls that wait for what is unsent.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::connection::UNSENT;

/// The length of each answer.
const LONG: usize = 100_000;

/// Routes that answer at length: code 1 once `open` is set, code 2 at once, and code 3
/// once it is set, beside other calls.
fn table(open: &Arc<AtomicBool>) -> Table {
    let opened = || {
        let open = open.clone();
        move || {
            let open = open.clone();
            async move {
                std::future::poll_fn(|_| match open.load(Ordering::Relaxed) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                })
                .await;
                Json("x".repeat(LONG))
            }
        }
    };
    table_of([
        DynHandler::new("test.long.waits", opened()).code(1),
        DynHandler::new("test.long.atOnce", async || Json("x".repeat(LONG))).code(2),
        DynHandler::new("test.long.beside", opened()).code(3).concurrent(),
    ])
}

/// Polls until no call is left, and lets everything leave whenever the calls are held
/// back. Returns the most that was unsent, and the ids in the order of their answers.
fn poll_out(
    calls: &mut Calls<'_>,
    task: &mut Context<'_>,
    outgoing: &mut Outgoing,
) -> (usize, Vec<u32>) {
    let (mut most, mut ids) = (0, Vec::new());
    while !calls.is_idle() {
        calls.poll(task, outgoing, || true);
        most = most.max(outgoing.len());
        ids.extend(answers(outgoing.buf()).iter().map(|(id, _)| *id));
        assert_eq!(calls.is_held_back(), !calls.is_idle());
        // Or it would be polled again at once, in vain.
        assert!(!calls.is_held_back() || outgoing.len() > UNSENT);
        outgoing.clear();
    }
    (most, ids)
}

#[tokio::test]
async fn no_waiting_call_starts_while_much_is_unsent() {
    let open = Arc::new(AtomicBool::new(false));
    let (most, ids) = run(table(&open), &Limits::default(), |calls, task, outgoing| {
        request(calls, 1, 1, b"", task, outgoing);
        for id in 2..=200 {
            request(calls, id, 2, b"", task, outgoing);
        }
        open.store(true, Ordering::Relaxed);
        poll_out(calls, task, outgoing)
    })
    .await;
    assert!((UNSENT..UNSENT + LONG + 100).contains(&most), "{most} bytes were unsent");
    assert!(ids.into_iter().eq(1..=200));
}

#[tokio::test]
async fn concurrent_calls_stop_at_the_limit_for_unsent_bytes() {
    for queued in [1_000, Limits::default().queued] {
        stop_at(queued).await;
    }
}

async fn stop_at(queued: usize) {
    let open = Arc::new(AtomicBool::new(false));
    let limits = Limits { queued, ..Limits::default() };
    let (most, mut ids) = run(table(&open), &limits, |calls, task, outgoing| {
        for id in 1..=200 {
            request(calls, id, 3, b"", task, outgoing);
        }
        open.store(true, Ordering::Relaxed);
        poll_out(calls, task, outgoing)
    })
    .await;
    let least = queued.max(UNSENT);
    let expected = least..least + LONG + 100;
    assert!(expected.contains(&most), "{most} bytes were unsent");
    ids.sort_unstable();
    assert!(ids.into_iter().eq(1..=200));
}

#[tokio::test]
async fn later_calls_do_not_overtake_those_that_are_held_back() {
    let open = Arc::new(AtomicBool::new(false));
    let ids = run(table(&open), &Limits::default(), |calls, task, outgoing| {
        request(calls, 1, 1, b"", task, outgoing);
        for id in 2..=8 {
            request(calls, id, 2, b"", task, outgoing);
        }
        open.store(true, Ordering::Relaxed);
        calls.poll(task, outgoing, || true);
        assert!(calls.is_held_back());
        // All of it leaves, and the next message arrives.
        let mut ids: Vec<_> = answers(outgoing.buf()).iter().map(|(id, _)| *id).collect();
        outgoing.clear();
        request(calls, 9, 2, b"", task, outgoing);
        ids.extend(answers(outgoing.buf()).iter().map(|(id, _)| *id));
        outgoing.clear();
        ids.extend(poll_out(calls, task, outgoing).1);
        ids
    })
    .await;
    assert!(ids.iter().copied().eq(1..=9), "{ids:?}");
}
