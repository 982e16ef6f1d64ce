//! The share of a poll that running and waiting calls have.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Routes that answer once `open` is set: code 1, and code 3 beside other calls. Code 2
/// answers at once.
fn table(open: &Arc<AtomicBool>) -> Table {
    let opened = || {
        let open = open.clone();
        move || {
            let open = open.clone();
            std::future::poll_fn(move |_| match open.load(Ordering::Relaxed) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            })
        }
    };
    table_of([
        DynHandler::new("test.share.waits", opened()).code(1),
        DynHandler::new("test.share.atOnce", async || ()).code(2),
        DynHandler::new("test.share.beside", opened()).code(3).concurrent(),
    ])
}

/// Makes a request to each of the codes, lets them return, and polls with a share of so many
/// calls until none is left. Returns the ids that were answered by each poll.
async fn answered(codes: &[u16], share: usize) -> Vec<Vec<u32>> {
    let open = Arc::new(AtomicBool::new(false));
    run(table(&open), &Limits::default(), |calls, task, outgoing| {
        for (id, &code) in (1..).zip(codes) {
            request(calls, id, code, b"", task, outgoing);
        }
        open.store(true, Ordering::Relaxed);
        let mut polls = Vec::new();
        while !calls.is_idle() {
            let mut left = share;
            calls.poll(task, outgoing, || {
                left -= 1;
                left > 0
            });
            polls.push(answers(outgoing.buf()).iter().map(|(id, _)| *id).collect());
            outgoing.clear();
            // Or nobody would poll the rest.
            assert_eq!(calls.is_held_back(), !calls.is_idle());
        }
        polls
    })
    .await
}

#[tokio::test]
async fn waiting_calls_take_many_polls() {
    let polls = answered(&[1, 2, 2, 2, 2, 2, 2], 3).await;
    assert_eq!(polls, [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
}

#[tokio::test]
async fn concurrent_calls_take_many_polls() {
    let polls = answered(&[3, 3, 3, 3, 3], 2).await;
    assert_eq!(polls.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
}

#[tokio::test]
async fn serial_calls_get_their_turn_behind_concurrent_ones() {
    let polls = answered(&[1, 3, 3, 2, 2], 2).await;
    assert_eq!(polls[1..], [vec![1, 4], vec![5]]);
}

#[tokio::test]
async fn the_last_call_of_a_share_leaves_nothing_behind() {
    assert_eq!(answered(&[1, 2, 2], 3).await, [vec![1, 2, 3]]);
    assert_eq!(answered(&[1], 1).await, [vec![1]]);
    assert_eq!(answered(&[3], 1).await, [vec![1]]);
}
