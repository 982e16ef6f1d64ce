use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt;

use super::*;

fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn received(fed: &mut Fed) -> Option<Result<Bytes, CloseReason>> {
    poll_once(fed.recv()).expect("something has come")
}

fn text(text: &'static str) -> Option<Result<Bytes, CloseReason>> {
    Some(Ok(Bytes::from_static(text.as_bytes())))
}

fn small() -> (Feed, Fed) {
    Feed::with_limits(FeedLimits { messages: 2, bytes: 8 })
}

#[test]
fn messages_keep_their_order_and_end_with_the_last_feed() {
    let (feed, mut fed) = Feed::new();
    let clone = feed.clone();
    feed.push("one".to_owned()).unwrap();
    drop(feed);
    clone.push(vec![b't', b'w', b'o']).unwrap();
    drop(clone);
    assert_eq!(received(&mut fed), text("one"));
    assert_eq!(received(&mut fed), text("two"));
    assert_eq!(received(&mut fed), None);
}

#[test]
fn too_much_that_waits_ends_the_link_behind_it() {
    let (feed, mut fed) = small();
    feed.push("one".to_owned()).unwrap();
    feed.push("two".to_owned()).unwrap();
    let full = FeedError::Full { messages: 2, bytes: 6 };
    assert_eq!(feed.push("three".to_owned()), Err(full));
    assert!(feed.is_ended());
    assert_eq!(received(&mut fed), text("one"));
    assert_eq!(feed.push("four".to_owned()), Err(FeedError::Ended), "it stays so");
    assert_eq!(received(&mut fed), text("two"));
    let flood = "2 messages of 6 bytes wait to be handled".to_owned();
    assert_eq!(received(&mut fed), Some(Err(CloseReason::Malformed(flood))));
}

#[test]
fn bytes_are_bounded_too_and_one_message_may_have_any_size() {
    let (feed, mut fed) = small();
    feed.push(vec![0; 100]).unwrap();
    assert_eq!(feed.push(vec![0]), Err(FeedError::Full { messages: 1, bytes: 100 }));
    assert_eq!(received(&mut fed).unwrap().unwrap().len(), 100);
}

#[tokio::test]
async fn who_can_wait_is_held_up_and_loses_nothing() {
    let (feed, mut fed) = small();
    let sending = tokio::spawn(async move {
        for n in 0..100 {
            feed.send(n.to_string()).await.unwrap();
        }
    });
    for n in 0..100 {
        tokio::task::yield_now().await;
        assert!(fed.0.waiting() <= 2);
        assert_eq!(fed.recv().await, Some(Ok(n.to_string().into())));
    }
    sending.await.unwrap();
    assert_eq!(fed.recv().await, None);
}

#[tokio::test]
async fn a_callback_learns_that_its_link_is_gone() {
    let (feed, fed) = small();
    feed.push("one".to_owned()).unwrap();
    feed.push("two".to_owned()).unwrap();
    let mut sent = pin!(feed.send("three".to_owned()));
    let mut ended = pin!(feed.ended());
    assert!((&mut sent).now_or_never().is_none() && (&mut ended).now_or_never().is_none());
    drop(fed);
    assert_eq!(sent.await, Err(FeedError::Ended));
    ended.await;
    assert!(feed.is_ended());
    assert_eq!(feed.push("four".to_owned()), Err(FeedError::Ended));
}

#[test]
fn a_reason_is_told_once() {
    let (feed, mut fed) = small();
    feed.end(CloseReason::lost(&std::io::ErrorKind::ConnectionReset.into()));
    feed.end(CloseReason::PeerClosed);
    assert!(matches!(received(&mut fed), Some(Err(CloseReason::Lost { .. }))));
}

#[tokio::test(start_paused = true)]
async fn everybody_hears_of_a_link_that_ends_for_too_much() {
    let (feed, fed) = small();
    feed.push("one".to_owned()).unwrap();
    feed.push("two".to_owned()).unwrap();
    let (sending, ending) = (feed.clone(), feed.clone());
    let sent = tokio::spawn(async move { sending.send("three".to_owned()).await });
    let ended = tokio::spawn(async move { ending.ended().await });
    tokio::task::yield_now().await;
    assert!(feed.push("four".to_owned()).is_err());
    // Whoever receives may be busy for long.
    let both =
        tokio::time::timeout(Duration::from_secs(3_600), futures_util::future::join(sent, ended));
    let (sent, _) = both.await.expect("they are woken");
    assert_eq!(sent.unwrap(), Err(FeedError::Ended));
    drop(fed);
}

#[test]
fn a_peer_that_has_left_is_told_of_before_its_messages_are_received() {
    let (feed, fed) = Feed::new();
    let has_left = fed.watch_peer();
    feed.push("one".to_owned()).unwrap();
    assert!(!has_left());
    drop(feed);
    assert!(has_left(), "though a message waits");
    drop(fed);
    assert!(has_left());
}
