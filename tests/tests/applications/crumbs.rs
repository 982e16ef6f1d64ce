//! A package that comes in crumbs is searched once.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

use connector::CloseReason;
use connector::link::{ByteStream, Inbox};
use connector::protocol::framing::{Cut, Decode, Envelope, Framing, Lines, TooLong};
use connector_tests::slip::Slip;
use tokio::io::AsyncWriteExt;

static SEARCHED: AtomicUsize = AtomicUsize::new(0);

/// A framing, and how many bytes were searched for the ends of its packages.
struct Counted<F>(PhantomData<F>);

impl<F: Framing> Envelope for Counted<F> {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        F::INSTANCE.begin(out)
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        F::INSTANCE.finish(mark, out)
    }
}

impl<F: Framing> Framing for Counted<F> {
    const INSTANCE: &'static Self = &Self(PhantomData);
    const DECODE: Option<Decode> = F::DECODE;

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        Self::cut_on(bytes, 0, limit)
    }

    fn cut_on(bytes: &[u8], searched: usize, limit: usize) -> Result<Option<Cut>, CloseReason> {
        SEARCHED.fetch_add(bytes.len() - searched, Ordering::SeqCst);
        F::cut_on(bytes, searched, limit)
    }
}

#[tokio::test]
async fn every_byte_is_searched_once() {
    searches_once::<Lines>(b'x').await;
    // Each byte is two on the wire.
    searches_once::<Slip>(0xC0).await;
}

async fn searches_once<F: Framing>(byte: u8) {
    let (mut near, mut far) = tokio::io::duplex(64);
    let mut inbox = Inbox::new(100_000);
    let mut sent = 0;
    let before = SEARCHED.load(Ordering::SeqCst);
    for number in 1..=3_usize {
        let package = vec![byte; 7_000 * number];
        let mut long = Vec::new();
        F::INSTANCE.wrap(&package, &mut long).unwrap();
        for crumb in long.chunks(50) {
            far.write_all(crumb).await.unwrap();
            let received = std::future::poll_fn(|cx| near.poll_recv::<Counted<F>>(cx, &mut inbox));
            received.await.unwrap();
            inbox.release();
        }
        sent += long.len();
        assert_eq!(inbox.peek(), Some(&*package));
        inbox.advance(package.len());
    }
    assert_eq!(SEARCHED.load(Ordering::SeqCst) - before, sent);
}
