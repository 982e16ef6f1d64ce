//! A line that comes in crumbs is searched once.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};

use connector::CloseReason;
use connector::link::{ByteStream, Inbox};
use connector::protocol::framing::{Cut, Envelope, Framing, Lines, TooLong};
use tokio::io::AsyncWriteExt;

static SEARCHED: AtomicUsize = AtomicUsize::new(0);

/// Lines, and how many bytes were searched for their ends.
struct Counted;

impl Envelope for Counted {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        Lines.begin(out)
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        Lines.finish(mark, out)
    }
}

impl Framing for Counted {
    const INSTANCE: &'static Self = &Self;

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        Self::cut_on(bytes, 0, limit)
    }

    fn cut_on(bytes: &[u8], searched: usize, limit: usize) -> Result<Option<Cut>, CloseReason> {
        SEARCHED.fetch_add(bytes.len() - searched, Ordering::SeqCst);
        Lines::cut_on(bytes, searched, limit)
    }
}

#[tokio::test]
async fn every_byte_of_a_line_is_searched_once() {
    let (mut near, mut far) = tokio::io::duplex(64);
    let mut inbox = Inbox::new(100_000);
    let mut sent = Vec::new();
    for line in 1..=3_usize {
        let long = [vec![b'x'; 7_000 * line], b"\n".to_vec()].concat();
        for crumb in long.chunks(50) {
            far.write_all(crumb).await.unwrap();
            let received = std::future::poll_fn(|cx| near.poll_recv::<Counted>(cx, &mut inbox));
            received.await.unwrap();
            inbox.release();
        }
        sent.extend(long);
        let package = inbox.peek().unwrap().to_vec();
        assert_eq!(package.len(), 7_000 * line);
        inbox.advance(package.len());
    }
    assert_eq!(SEARCHED.load(Ordering::SeqCst), sent.len());
}
