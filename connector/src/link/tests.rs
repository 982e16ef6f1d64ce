//! Inbox, outgoing and the joining of batches by themselves.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::framing::{
    Cut, Decode, Decoded, Envelope, Framing, LengthDelimited, TooLong,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::*;

/// A stream that reads these pieces and takes so many bytes a write.
#[derive(Default)]
struct Pieces {
    reads: VecDeque<Vec<u8>>,
    takes: VecDeque<usize>,
    written: Vec<u8>,
    /// So many times it has not flushed yet when it is asked.
    unflushed: usize,
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(mut piece) = self.reads.pop_front() else { return Poll::Pending };
        let rest = piece.split_off(piece.len().min(buf.remaining()));
        buf.put_slice(&piece);
        if !rest.is_empty() {
            self.reads.push_front(rest);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(takes) = self.takes.pop_front() else { return Poll::Pending };
        let takes = takes.min(bytes.len());
        self.written.extend_from_slice(&bytes[..takes]);
        Poll::Ready(Ok(takes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.unflushed.checked_sub(1) {
            Some(left) => {
                self.unflushed = left;
                Poll::Pending
            }
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn framed(package: &[u8]) -> Vec<u8> {
    let (framing, mut out) = (LengthDelimited::<u32>::INSTANCE, Vec::new());
    let mark = framing.begin(&mut out);
    out.extend_from_slice(package);
    framing.finish(mark, &mut out).expect("it is short");
    out
}

/// Reads until nothing more is there, as a driver does, releasing in between.
fn read_all(stream: &mut Pieces, inbox: &mut Inbox) -> Result<Vec<Vec<u8>>, CloseReason> {
    let mut cx = Context::from_waker(Waker::noop());
    let mut packages = Vec::new();
    while !stream.reads.is_empty() {
        if let Poll::Ready(read) =
            ByteStream::poll_recv::<LengthDelimited<u32>>(stream, &mut cx, inbox)
        {
            read?;
        }
        while let Some(package) = inbox.peek().map(<[u8]>::to_vec) {
            inbox.advance(package.len());
            packages.push(package);
        }
        inbox.release();
    }
    Ok(packages)
}

#[test]
fn packages_of_all_sizes_survive_any_cut() {
    let sizes = [0, 1, 100, 4_096, 4_097, 65_531, 65_532, 65_533, 200_000, 3];
    let packages: Vec<Vec<u8>> = sizes.iter().map(|&size| vec![size as u8; size]).collect();
    let bytes: Vec<u8> = packages.iter().flat_map(|package| framed(package)).collect();
    for chunk in [1_000, 4_096, 65_536, bytes.len()] {
        let reads = bytes.chunks(chunk).map(<[u8]>::to_vec).collect();
        let mut stream = Pieces { reads, ..Pieces::default() };
        let mut inbox = Inbox::new(1 << 20);
        assert_eq!(read_all(&mut stream, &mut inbox).unwrap(), packages, "chunks of {chunk}");
    }
}

#[test]
fn packages_survive_byte_by_byte() {
    let packages = [b"".to_vec(), b"a".to_vec(), vec![7; 300]];
    let bytes: Vec<u8> = packages.iter().flat_map(|package| framed(package)).collect();
    let reads = bytes.iter().map(|&byte| vec![byte]).collect();
    let mut stream = Pieces { reads, ..Pieces::default() };
    assert_eq!(read_all(&mut stream, &mut Inbox::new(1000)).unwrap(), packages);
}

#[test]
fn an_idle_inbox_holds_no_buffer_and_a_waiting_one_what_was_sent() {
    let mut inbox = Inbox::new(1 << 24);
    let half = framed(&vec![1; 1 << 20])[..100].to_vec();
    let mut stream = Pieces { reads: [half].into(), ..Pieces::default() };
    read_all(&mut stream, &mut inbox).unwrap();
    assert!(inbox.held() <= 100, "{} bytes are held", inbox.held());
    let more = vec![1; 50_000];
    let mut stream = Pieces { reads: [more].into(), ..Pieces::default() };
    read_all(&mut stream, &mut inbox).unwrap();
    assert!(inbox.held() <= 2 * 50_100, "{} bytes are held", inbox.held());
    let unread = inbox.unread().len();
    inbox.consume(unread);
    inbox.release();
    assert_eq!(inbox.held(), 0);
}

#[test]
fn the_largest_package_takes_no_twice_its_size() {
    let mut inbox = Inbox::new((1 << 20) + 1_000);
    let all = framed(&vec![1; (1 << 20) + 1_000]);
    let mut stream = Pieces { reads: [all[..all.len() - 1].to_vec()].into(), ..Pieces::default() };
    read_all(&mut stream, &mut inbox).unwrap();
    let spare = inbox.held() - all.len();
    assert!(spare <= 64 * 1024, "{spare} bytes are held besides");
}

#[test]
fn packages_that_are_not_handled_yet_outlive_a_release() {
    let bytes = [framed(b"one"), framed(b"two")].concat();
    let mut stream = Pieces { reads: [bytes].into(), ..Pieces::default() };
    let mut inbox = Inbox::new(100);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(
        ByteStream::poll_recv::<LengthDelimited<u32>>(&mut stream, &mut cx, &mut inbox).is_ready()
    );
    inbox.advance(2);
    inbox.release();
    // Somebody else of this thread reads in the meantime.
    let mut other = Pieces { reads: [framed(b"xxxxxxxx")].into(), ..Pieces::default() };
    read_all(&mut other, &mut Inbox::new(100)).unwrap();
    assert_eq!(inbox.peek(), Some(&b"e"[..]));
    inbox.advance(1);
    assert_eq!(inbox.peek(), Some(&b"two"[..]));
}

#[test]
fn a_package_beyond_the_limit_ends_the_link_behind_those_before_it() {
    let bytes = [framed(b"fits"), framed(&[0; 101])].concat();
    let mut stream = Pieces { reads: [bytes].into(), ..Pieces::default() };
    let mut inbox = Inbox::new(100);
    let mut cx = Context::from_waker(Waker::noop());
    let end = ByteStream::poll_recv::<LengthDelimited<u32>>(&mut stream, &mut cx, &mut inbox);
    assert_eq!(end, Poll::Ready(Err(CloseReason::TooLarge { size: 101, limit: 100 })));
    assert_eq!(inbox.peek(), Some(&b"fits"[..]));
}

#[test]
fn outgoing_sends_copied_and_shared_bytes_in_order() {
    let large = Bytes::from(vec![b'L'; 3_000]);
    for takes in [vec![usize::MAX; 9], vec![1; 7_000], [vec![7, 2_999, 1], vec![9_000; 9]].concat()]
    {
        let mut outgoing = Outgoing::default();
        outgoing.buf().extend_from_slice(b"head");
        outgoing.push_shared(large.clone());
        outgoing.push_shared(Bytes::from_static(b"small"));
        let mut other = Outgoing::default();
        other.buf().extend_from_slice(b"other");
        other.push_shared(large.clone());
        outgoing.append(&mut other);
        assert!(other.is_empty());
        let expected = [b"head", &large[..], b"small", b"other", &large].concat();
        assert_eq!(outgoing.len(), expected.len());
        let mut stream = Pieces { takes: takes.into(), ..Pieces::default() };
        let mut cx = Context::from_waker(Waker::noop());
        assert!(outgoing.poll_write(&mut cx, &mut stream).is_ready());
        assert!(outgoing.is_empty());
        assert_eq!(stream.written, expected);
    }
}

#[test]
fn outgoing_goes_on_where_a_write_has_stopped() {
    let mut outgoing = Outgoing::default();
    outgoing.buf().extend_from_slice(b"0123456789");
    let mut stream = Pieces { takes: [4].into(), ..Pieces::default() };
    let mut cx = Context::from_waker(Waker::noop());
    assert!(outgoing.poll_write(&mut cx, &mut stream).is_pending());
    outgoing.release();
    outgoing.buf().extend_from_slice(b"ab");
    assert_eq!(outgoing.len(), 8);
    stream.takes = [100].into();
    assert!(outgoing.poll_write(&mut cx, &mut stream).is_ready());
    assert_eq!(stream.written, b"0123456789ab");
}

#[test]
fn outgoing_is_not_sent_before_the_stream_has_flushed() {
    let mut outgoing = Outgoing::default();
    outgoing.buf().extend_from_slice(b"0123");
    let mut stream = Pieces { takes: [100].into(), unflushed: 2, ..Pieces::default() };
    let mut cx = Context::from_waker(Waker::noop());
    assert!(outgoing.poll_write(&mut cx, &mut stream).is_pending());
    assert!(outgoing.is_empty() && !outgoing.is_sent());
    // Also where it is handed on to.
    let mut other = Outgoing::default();
    other.append(&mut outgoing);
    assert!(outgoing.is_sent());
    assert!(other.poll_write(&mut cx, &mut stream).is_pending());
    assert!(!other.is_sent());
    assert!(other.poll_write(&mut cx, &mut stream).is_ready());
    assert!(other.is_sent());
    assert_eq!(stream.written, b"0123");
}

#[test]
fn outgoing_takes_packages_apart_for_links_with_boundaries() {
    let mut outgoing = Outgoing::default();
    outgoing.buf().extend(framed(b"one"));
    outgoing.push_shared(framed(&[b'x'; 2_000]).into());
    outgoing.push_shared(framed(b"three").into());
    let mut packages = Vec::new();
    while let Some(package) = outgoing.package().map(<[u8]>::to_vec) {
        outgoing.package_sent();
        packages.push(package);
    }
    assert_eq!(packages, [b"one".to_vec(), vec![b'x'; 2_000], b"three".to_vec()]);
    assert!(outgoing.is_empty());
}

#[test]
fn batches_are_joined_as_their_link_wants() {
    let join = |batch: Batch, packages: &[&[u8]]| {
        let mut out = Vec::new();
        batch.write(LengthDelimited::<u8>::INSTANCE, packages, &mut out).map(|()| out)
    };
    let two: &[&[u8]] = &[b"{}", b"[1]"];
    assert_eq!(join(Batch::Each, two).unwrap(), b"\x02{}\x03[1]");
    assert_eq!(join(Batch::Concat, two).unwrap(), b"\x05{}[1]");
    assert_eq!(join(Batch::Array, two).unwrap(), b"\x08[{},[1]]");
    assert_eq!(join(Batch::Array, &[]).unwrap(), b"\x02[]");
    let long: &[&[u8]] = &[b"fits", &[0; 256]];
    let too_large = CloseReason::TooLarge { size: 256, limit: 255 };
    assert_eq!(join(Batch::Each, long), Err(too_large.clone()));
    assert_eq!(join(Batch::Concat, long), Err(too_large));
    let many: &[&[u8]] = &[&[1; 100], &[2; 100], &[3; 100], &[4; 255]];
    let frames = [&[200][..], &[1; 100], &[2; 100], &[100], &[3; 100], &[255], &[4; 255]];
    assert_eq!(join(Batch::Concat, many).unwrap(), frames.concat());
}

/// A framing that finds packages where there are none, or does not go on behind them.
#[derive(Debug)]
struct Wrong<const START: usize, const END: usize, const CONSUMED: usize>;

impl<const S: usize, const E: usize, const C: usize> Envelope for Wrong<S, E, C> {
    fn finish(&self, _: usize, _: &mut Vec<u8>) -> Result<(), TooLong> {
        Ok(())
    }
}

impl<const S: usize, const E: usize, const C: usize> Framing for Wrong<S, E, C> {
    const INSTANCE: &'static Self = &Self;

    fn cut(_: &[u8], _: usize) -> Result<Option<Cut>, CloseReason> {
        Ok(Some(Cut { package: S..E, consumed: C }))
    }
}

#[test]
fn a_framing_that_gets_nowhere_is_an_error() {
    fn cut<F: Framing>() -> String {
        let mut inbox = Inbox::new(1024);
        let mut stream = Pieces { reads: [b"four".to_vec()].into(), ..Pieces::default() };
        assert!(inbox.poll_fill(&mut Context::from_waker(Waker::noop()), &mut stream).is_ready());
        inbox.cut::<F>().unwrap_err().to_string()
    }
    assert!(cut::<Wrong<0, 0, 0>>().ends_with("found a package at 0..0 and consumed 0"));
    assert!(cut::<Wrong<0, 2, 1>>().ends_with("found a package at 0..2 and consumed 1"));
    assert!(cut::<Wrong<0, 5, 5>>().contains("of 4 bytes"));
}

/// A package of one byte each, and an empty one for each byte that is 0.
#[derive(Clone, Copy)]
struct Bytewise;

impl Envelope for Bytewise {
    fn finish(&self, _: usize, _: &mut Vec<u8>) -> Result<(), TooLong> {
        Ok(())
    }
}

impl Framing for Bytewise {
    const INSTANCE: &'static Self = &Self;

    fn cut(bytes: &[u8], _: usize) -> Result<Option<Cut>, CloseReason> {
        let size = |byte: &u8| usize::from(*byte != 0);
        Ok(bytes.first().map(|byte| Cut { package: 0..size(byte), consumed: 1 }))
    }
}

#[test]
fn packages_that_lie_side_by_side_are_joined_for_those_who_take_several() {
    fn handed_out<F: Framing>(bytes: &[u8], joins: bool) -> Vec<Vec<u8>> {
        let mut inbox = Inbox::new(1024);
        inbox.set_joins(joins);
        let mut stream = Pieces { reads: [bytes.to_vec()].into(), ..Pieces::default() };
        assert!(inbox.poll_fill(&mut Context::from_waker(Waker::noop()), &mut stream).is_ready());
        assert_eq!(inbox.cut::<F>(), Ok(true));
        let mut packages = Vec::new();
        while let Some(package) = inbox.peek().map(<[u8]>::to_vec) {
            inbox.advance(package.len());
            packages.push(package);
        }
        packages
    }
    assert_eq!(handed_out::<Bytewise>(b"abc", true), [b"abc"]);
    assert_eq!(handed_out::<Bytewise>(b"abc", false), [b"a", b"b", b"c"]);
    assert_eq!(handed_out::<Bytewise>(b"\0ab\0\0c", true), [&b""[..], b"ab", b"", b"", b"c"]);
    let apart = [framed(b"one"), framed(b"two")].concat();
    assert_eq!(handed_out::<LengthDelimited<u32>>(&apart, true), [b"one", b"two"]);
}

/// Runs of a byte, each as their length and the byte. Every package is one run.
struct Runs;

impl Envelope for Runs {
    fn finish(&self, _: usize, _: &mut Vec<u8>) -> Result<(), TooLong> {
        Ok(())
    }
}

impl Framing for Runs {
    const INSTANCE: &'static Self = &Self;
    const DECODE: Option<Decode> = Some(|run, _, package| {
        package.resize(usize::from(run[0]), run[1]);
        Ok(if run[1] == b' ' { Decoded::Nothing } else { Decoded::Package })
    });

    fn cut(bytes: &[u8], _: usize) -> Result<Option<Cut>, CloseReason> {
        Ok((bytes.len() >= 2).then_some(Cut { package: 0..2, consumed: 2 }))
    }
}

#[test]
fn packages_that_grow_or_shrink_come_in_their_order() {
    let mut inbox = Inbox::new(100);
    let reads = [&b"\x01a\x05b\x02c\x07 \x03d\x00e\x04f"[..], b"\x64g\x65h"];
    let mut stream = Pieces { reads: reads.map(<[u8]>::to_vec).into(), ..Pieces::default() };
    let mut cx = Context::from_waker(Waker::noop());
    let mut packages = Vec::new();
    let end = loop {
        let received = ByteStream::poll_recv::<Runs>(&mut stream, &mut cx, &mut inbox);
        while let Some(package) = inbox.peek().map(<[u8]>::to_vec) {
            inbox.advance(package.len());
            packages.push(package);
        }
        if let Poll::Ready(Err(reason)) = received {
            break reason;
        }
    };
    assert_eq!(packages[..6], [&b"a"[..], b"bbbbb", b"cc", b"ddd", b"", b"ffff"]);
    assert_eq!(packages[6..], [[b'g'; 100]]);
    assert_eq!(end, CloseReason::TooLarge { size: 101, limit: 100 });
}

#[test]
fn packages_that_grow_take_no_more_memory_than_the_largest_two() {
    const LIMIT: usize = 10_000;
    let sent = b"\xffa".repeat(30_000);
    let mut inbox = Inbox::new(LIMIT);
    let mut stream = Pieces { reads: [sent].into(), ..Pieces::default() };
    let mut cx = Context::from_waker(Waker::noop());
    let mut arrived = 0;
    while ByteStream::poll_recv::<Runs>(&mut stream, &mut cx, &mut inbox).is_ready() {
        let read = 64 * 1024;
        assert!(inbox.backlog() < 2 * LIMIT + read, "{} bytes are held", inbox.backlog());
        while let Some(package) = inbox.peek() {
            assert_eq!(package, [b'a'; 255]);
            arrived += 1;
            inbox.advance(255);
        }
        // What is not cut yet stays.
        inbox.release();
    }
    assert_eq!(arrived, 30_000);
}

#[cfg(any(feature = "deflate", feature = "mqtt"))]
#[test]
fn what_a_layer_has_taken_and_not_sent_is_a_links_own() {
    let mut outgoing = Outgoing::default();
    outgoing.set_passed_on(5_000, 0);
    assert_eq!((outgoing.own(), outgoing.len(), outgoing.is_sent()), (5_000, 0, false));
    outgoing.buf().extend_from_slice(b"seven..");
    assert_eq!(outgoing.own(), 5_007);
    outgoing.set_passed_on(0, 5_000);
    assert_eq!(outgoing.own(), 7);
}
