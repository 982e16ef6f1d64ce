use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt;

use super::*;

#[tokio::test]
async fn an_answer_counts_and_is_the_only_one_until_it_was_taken() {
    let polled = Arc::new(Polled::new(Version::V4));
    polled.put(b"4hello");
    let first = polled.poll().await.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(first.body, b"4hello");
    polled.put(b"4there");
    assert_eq!(polled.held(), 2 * (2 + 6), "both with their frames");
    assert!(polled.was_polled());
    let mut second = pin!(polled.poll());
    assert!(second.as_mut().now_or_never().is_none());
    assert!(polled.poll().await.is_err(), "a third one");
    drop(first);
    assert_eq!(second.await.unwrap_or_else(|error| panic!("{error:?}")).body, b"4there");
    assert_eq!(polled.held(), 0);
    assert!(polled.has_ended(), "for the third");
}
