//! Fairness: what one poll may do, and who comes in between.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use super::SECOND;
use super::bench::{bare, bounded};
use crate::connection::Pause;

/// Messages, read bytes and reads of one poll.
const MESSAGES: usize = 256;
const BYTES: usize = 128 << 10;
const READS: usize = 16;
/// The most messages between two looks at the clock.
const UNTIMED: usize = 16;
/// The time of one poll.
const TIME: Duration = Duration::from_millis(1);

#[test]
fn many_messages_take_many_polls() {
    let (mut bench, far) = bounded();
    (0..10_000).for_each(|number: u32| far.say(&number.to_be_bytes()));
    let mut polls = 0;
    while bench.poll() == Ok(Pause::Spent) {
        polls += 1;
        assert_eq!(bench.side.heard.len(), polls * MESSAGES);
        assert_eq!(bench.woken.take(), 1);
    }
    assert_eq!((polls, bench.woken.take()), (10_000 / MESSAGES, 0));
    let numbers: Vec<_> = (0..10_000_u32).map(|number| number.to_be_bytes()).collect();
    assert_eq!(bench.side.heard, numbers);
}

#[test]
fn answers_leave_between_the_polls() {
    let (mut bench, far) = bounded();
    bench.side.answer = 1;
    (0..1_000).for_each(|_| far.say(b"message"));
    for _ in 0..3 {
        assert_eq!(bench.poll(), Ok(Pause::Spent));
        assert_eq!(far.heard().len(), MESSAGES);
    }
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!(far.heard().len(), 1_000 - 3 * MESSAGES);
}

#[test]
fn large_messages_are_counted_by_their_bytes() {
    let (mut bench, far) = bounded();
    let framed = 30_000 + 4;
    (0..40).for_each(|_| far.say(&[0; 30_000]));
    let mut left = far.writes.len();
    while bench.poll() == Ok(Pause::Spent) {
        let read = left - far.writes.len();
        assert!((BYTES..2 * BYTES).contains(&read), "{read} bytes");
        left -= read;
        // What was read is handled, so that no buffer is kept for it.
        assert_eq!(bench.side.heard.len(), (40 * framed - left) / framed);
        assert_eq!(bench.woken.take(), 1);
    }
    assert_eq!((far.writes.len(), bench.side.heard.len()), (0, 40));
}

#[test]
fn messages_that_take_long_are_counted_by_their_time() {
    let (mut bench, far) = bounded();
    bench.side.clock = Some(bench.now);
    bench.side.costs = TIME / 20;
    (0..100).for_each(|_| far.say(b"message"));
    // At the first look behind the end of its time: there is one behind 16 and one behind 32.
    let share = 20_usize.next_multiple_of(UNTIMED);
    for polls in 1..=100 / share {
        assert_eq!(bench.poll_at(bench.side.clock.unwrap()), Ok(Pause::Spent));
        assert_eq!((bench.side.heard.len(), bench.woken.take()), (polls * share, 1));
    }
    assert_eq!(bench.poll_at(bench.side.clock.unwrap()), Ok(Pause::Resting));
    assert_eq!(bench.side.heard.len(), 100);
}

#[test]
fn a_message_that_may_have_taken_long_is_counted_at_once() {
    let (mut bench, far) = bounded();
    bench.side.clock = Some(bench.now);
    bench.side.costs = TIME / 2;
    bench.side.looks = true;
    (0..10).for_each(|_| far.say(b"message"));
    for polls in 1..=5 {
        assert_eq!(bench.poll_at(bench.side.clock.unwrap()), Ok(Pause::Spent));
        assert_eq!(bench.side.heard.len(), polls * 2);
    }
}

#[test]
fn slow_messages_that_are_read_one_by_one_are_counted_by_their_time() {
    let (mut bench, far) = bounded();
    bench.side.clock = Some(bench.now);
    bench.side.costs = TIME;
    bench.link.stream.chunk = 11;
    (0..4).for_each(|_| far.say(b"message"));
    assert_eq!(bench.poll(), Ok(Pause::Spent));
    assert!(bench.side.heard.len() <= 2);
    let now = bench.side.clock.unwrap();
    assert_eq!(bench.poll_at(now), Ok(Pause::Spent));
    assert!(bench.side.heard.len() <= 4);
}

#[test]
fn a_message_that_takes_its_time_is_the_only_one_of_its_poll() {
    let (mut bench, far) = bounded();
    bench.side.clock = Some(bench.now);
    bench.side.costs = 20 * TIME;
    far.say_all(&[&b"message"[..]; 10]);
    for polls in 1..=10 {
        assert_eq!(bench.poll_at(bench.side.clock.unwrap()), Ok(Pause::Spent));
        assert_eq!((bench.side.heard.len(), bench.woken.take()), (polls, 1));
    }
    assert_eq!(bench.poll_at(bench.side.clock.unwrap()), Ok(Pause::Resting));
}

#[test]
fn long_messages_behind_short_ones_are_noticed_once_and_short_ones_again() {
    let (mut bench, far) = bounded();
    bench.side.clock = Some(bench.now);
    let mut share = |costs: Duration, messages: usize| {
        bench.side.costs = costs;
        far.say_all(&vec![&b"message"[..]; messages]);
        let mut shares = Vec::new();
        loop {
            let before = bench.side.heard.len();
            let pause = bench.poll_at(bench.side.clock.unwrap()).unwrap();
            shares.push(bench.side.heard.len() - before);
            if pause == Pause::Resting {
                return shares;
            }
        }
    };
    assert_eq!(share(Duration::ZERO, 20), [20]);
    assert_eq!(share(TIME, 20), [16, 1, 1, 1, 1, 0]);
    assert_eq!(share(TIME / 4, 12), [4, 4, 4, 0]);
    assert_eq!(share(Duration::ZERO, 20), [20]);
}

#[test]
fn short_messages_are_looked_at_rarely() {
    let (mut bench, far) = bounded();
    bench.side.clock = Some(bench.now);
    far.say_all(&[&b"message"[..]; UNTIMED]);
    assert_eq!((bench.poll(), bench.side.heard.len()), (Ok(Pause::Resting), UNTIMED));
    // The next poll would seem to take an hour.
    bench.side.clock = Some(3_600 * SECOND);
    far.say_all(&[&b"message"[..]; UNTIMED - 1]);
    assert_eq!((bench.poll(), bench.side.heard.len()), (Ok(Pause::Resting), 2 * UNTIMED - 1));
}

#[test]
fn crumbs_are_counted_by_their_reads() {
    let (mut bench, far) = bounded();
    bench.link.stream.chunk = 1;
    far.say(&[0; 1_000]);
    for poll in 1..=1_004 / READS {
        assert_eq!(bench.poll(), Ok(Pause::Spent));
        assert_eq!((bench.link.stream.calls.reads, bench.woken.take()), (poll * READS, 1));
    }
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!(bench.side.heard.len(), 1);
}

#[test]
fn a_link_that_claims_to_be_ready_for_ever_does_not_hang() {
    let (mut bench, _far) = bounded();
    bench.link.is_idly_ready = true;
    for poll in 1..4 {
        assert_eq!(bench.poll(), Ok(Pause::Spent));
        assert_eq!((bench.link.asked, bench.woken.take()), (poll * READS, 1));
    }
}

#[test]
fn pings_alone_are_counted_too() {
    let (mut bench, far) = bounded();
    bench.link.pings = vec![10; 2 * READS].into();
    assert_eq!(bench.poll(), Ok(Pause::Spent));
    assert_eq!((bench.link.asked, far.reads.len()), (READS, 10 * READS));
}

#[test]
fn a_yield_hands_back_at_once_and_keeps_what_was_read() {
    let (mut bench, far) = bare();
    bench.side.yields = true;
    bench.side.answer = 10;
    (0..5).for_each(|number| far.say(&[number]));
    for heard in 1..=5 {
        assert_eq!(bench.poll(), Ok(Pause::Yielded));
        assert_eq!(bench.side.heard.len(), heard);
        assert_eq!((bench.link.asked, bench.link.stream.calls.writes, far.reads.len()), (1, 0, 0));
    }
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!((bench.side.heard.len(), far.heard().len()), (5, 5));
    assert_eq!(bench.woken.take(), 0);
}

#[test]
fn much_that_is_unsent_leaves_also_at_a_yield() {
    let (mut bench, far) = bare();
    bench.side.yields = true;
    bench.side.answer = 100_000;
    far.say(b"message");
    assert_eq!(bench.poll(), Ok(Pause::Yielded));
    assert_eq!(far.reads.len(), 100_004);
}

#[tokio::test]
async fn another_task_runs_between_the_polls() {
    let (mut bench, far) = bounded();
    (0..10_000).for_each(|_| far.say(b"message"));
    let other = tokio::spawn(async move {
        let mut turns = 0;
        while far.writes.len() > 0 || !far.reads.is_shut() {
            turns += 1;
            tokio::task::yield_now().await;
        }
        turns
    });
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        bench.poll_with(cx).unwrap();
        if bench.side.heard.len() == 10_000 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    bench.link.stream.outgoing.shut();
    let turns = other.await.unwrap();
    assert_eq!(polls, 10_000 / MESSAGES + 1);
    assert!(turns >= polls - 1, "{turns} turns in {polls} polls");
}

#[test]
fn a_side_that_yields_has_the_same_budget() {
    let (mut bench, far) = bare();
    bench.side.yields = true;
    bench.side.answer = 1;
    (0..600).for_each(|_| far.say(b"message"));
    for messages in [MESSAGES, MESSAGES, 600 - 2 * MESSAGES] {
        for _ in 0..messages {
            assert_eq!((bench.poll(), bench.woken.take()), (Ok(Pause::Yielded), 0));
        }
        let spent = messages == MESSAGES;
        let paused = if spent { Pause::Spent } else { Pause::Resting };
        assert_eq!((bench.poll(), bench.woken.take()), (Ok(paused), usize::from(spent)));
        assert_eq!(far.heard().len(), messages);
    }
}
