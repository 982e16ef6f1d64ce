use std::future::{pending, poll_fn};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};

use super::*;
use crate::link::AsyncReceiver;
use crate::{Address, Peer};

/// A library whose messages are single bytes in a stream.
struct Bytewise(DuplexStream);

impl From<DuplexStream> for Bytewise {
    fn from(stream: DuplexStream) -> Self {
        Self(stream)
    }
}

impl AsyncLink for Bytewise {
    type Sender = WriteHalf<DuplexStream>;
    type Receiver = ReadHalf<DuplexStream>;

    async fn open(
        self,
        _: usize,
    ) -> Result<(WriteHalf<DuplexStream>, ReadHalf<DuplexStream>), CloseReason> {
        let (read, write) = tokio::io::split(self.0);
        Ok((write, read))
    }
}

impl AsyncReceiver for ReadHalf<DuplexStream> {
    type Buffer = Vec<u8>;

    async fn recv(&mut self) -> Option<Result<Vec<u8>, CloseReason>> {
        self.read_u8().await.ok().map(|byte| Ok(vec![byte]))
    }
}

impl AsyncSender for WriteHalf<DuplexStream> {
    type Buffer = Vec<u8>;

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), CloseReason> {
        self.write_all(&bytes).await.map_err(lost)
    }

    async fn close(&mut self, _: CloseReason) {
        let _ = self.shutdown().await;
    }
}

async fn open<L: AsyncLink, Io>(link: &mut Linked<L, Io>) -> Result<Inbox, CloseReason> {
    let mut inbox = Inbox::new(100);
    let mut peer = Peer::new("memory", Address::Unnamed);
    link.open(&mut Opening::new(&mut inbox, &mut peer)).await?;
    Ok(inbox)
}

fn framed(packages: &[&[u8]]) -> Outgoing {
    let mut outgoing = Outgoing::default();
    Batch::Each.write(Boundaries::INSTANCE, packages, outgoing.buf()).unwrap();
    outgoing
}

/// A link that is made of what a listener accepts, whose stream holds so many bytes.
async fn bytewise(room: usize) -> (Linked<Bytewise, DuplexStream>, DuplexStream, Inbox) {
    let (near, far) = duplex(room);
    let mut link = Linked::from(near);
    let inbox = open(&mut link).await.unwrap();
    (link, far, inbox)
}

#[tokio::test(start_paused = true)]
async fn a_blocked_send_keeps_nothing_from_being_received() {
    let (mut link, mut far, mut inbox) = bytewise(1).await;
    let mut outgoing = framed(&[b"ab"]);
    let blocked = poll_fn(|cx| Poll::Ready(link.poll_send(cx, &mut outgoing))).await;
    assert!(blocked.is_pending());
    assert!(!outgoing.is_empty(), "it counts as unsent, so that a deaf peer is noticed");
    far.write_all(b"x").await.unwrap();
    assert_eq!(link.recv(&mut inbox).await.unwrap(), b"x");
    let sent = async {
        poll_fn(|cx| link.poll_send(cx, &mut outgoing)).await.unwrap();
        link.disconnect(CloseReason::Requested).await;
    };
    let mut heard = Vec::new();
    let (_, ()) = tokio::join!(far.read_to_end(&mut heard), sent);
    assert_eq!(heard, b"ab");
    assert!(outgoing.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_link_goes_on_receiving_behind_its_close() {
    let (mut link, mut far, mut inbox) = bytewise(8).await;
    link.disconnect(CloseReason::Requested).await;
    far.write_all(b"x").await.unwrap();
    drop(far);
    assert_eq!(link.recv(&mut inbox).await.unwrap(), b"x");
    assert_eq!(link.recv(&mut inbox).await, Err(CloseReason::PeerClosed));
    let refused = link.send(b"y").await;
    assert_eq!(refused, Err(CloseReason::Requested), "nothing is sent behind it");
}

#[tokio::test]
async fn a_link_that_is_not_open_says_so() {
    let (near, _far) = duplex(8);
    let mut link: Linked<Bytewise, DuplexStream> = near.into();
    assert_eq!(link.send(b"x").await, Err(not_open()));
    assert_eq!(link.recv(&mut Inbox::new(8)).await, Err(not_open()));
    link.disconnect(CloseReason::Requested).await;
}

/// What happens to a [`Slow`] link.
#[derive(Debug, PartialEq)]
enum Call {
    Open(usize),
    Sent(String),
    Closed(CloseReason),
    Dropped,
}

/// A library that takes a second for everything, and whose opening may fail.
struct Slow {
    calls: UnboundedSender<Call>,
    fails: Option<CloseReason>,
}

struct SlowSender(UnboundedSender<Call>);
struct Receives<F>(F);

impl AsyncLink for Slow {
    type Sender = SlowSender;
    type Receiver = Receives<fn() -> String>;

    async fn open(
        self,
        limit: usize,
    ) -> Result<(SlowSender, Receives<fn() -> String>), CloseReason> {
        sleep(Duration::from_secs(1)).await;
        self.calls.send(Call::Open(limit)).unwrap();
        match self.fails {
            Some(reason) => Err(reason),
            None => Ok((SlowSender(self.calls), Receives(|| "heard".to_owned()))),
        }
    }
}

impl AsyncSender for SlowSender {
    type Buffer = String;

    async fn send(&mut self, text: String) -> Result<(), CloseReason> {
        sleep(Duration::from_secs(1)).await;
        self.0.send(Call::Sent(text)).unwrap();
        Ok(())
    }

    async fn close(&mut self, reason: CloseReason) {
        sleep(Duration::from_secs(1)).await;
        self.0.send(Call::Closed(reason)).unwrap();
    }
}

impl Drop for SlowSender {
    fn drop(&mut self) {
        let _ = self.0.send(Call::Dropped);
    }
}

impl<F: Fn() -> String + Send + 'static> AsyncReceiver for Receives<F> {
    type Buffer = String;

    async fn recv(&mut self) -> Option<Result<String, CloseReason>> {
        sleep(Duration::from_millis(400)).await;
        Some(Ok((self.0)()))
    }
}

fn slow(fails: Option<CloseReason>) -> (Linked<Slow>, UnboundedReceiver<Call>) {
    let (calls, called) = unbounded_channel();
    (Linked::new(Slow { calls, fails }), called)
}

fn all(called: &mut UnboundedReceiver<Call>) -> Vec<Call> {
    std::iter::from_fn(|| called.try_recv().ok()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_takes_time_resolves_in_order() {
    let (mut link, mut called) = slow(None);
    let mut inbox = Inbox::new(100);
    let mut peer = Peer::new("memory", Address::Unnamed);
    let mut opening = Opening::new(&mut inbox, &mut peer);
    opening.later_limit = 5_000;
    let far = Duration::from_secs(60);
    timeout(far, link.open(&mut opening)).await.unwrap().unwrap();
    timeout(far, link.send(b"one")).await.unwrap().unwrap();
    let mut outgoing = framed(&[b"two", b"three"]);
    let both = poll_fn(|cx| link.poll_send(cx, &mut outgoing));
    timeout(far, both).await.unwrap().unwrap();
    timeout(far, link.disconnect(CloseReason::Stopping)).await.unwrap();
    let sent = |text: &str| Call::Sent(text.to_owned());
    let calls = [
        Call::Open(5_000),
        sent("one"),
        sent("two"),
        sent("three"),
        Call::Closed(CloseReason::Stopping),
        Call::Dropped,
    ];
    drop(link);
    assert_eq!(all(&mut called), calls);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_arrives_while_another_is_sent_wakes_the_task() {
    let (mut link, _called) = slow(None);
    let mut inbox = open(&mut link).await.unwrap();
    let mut outgoing = framed(&[b"one"]);
    let mut sent_first = None;
    let heard = poll_fn(|cx| {
        if link.poll_send(cx, &mut outgoing).is_ready() {
            sent_first.get_or_insert(true);
        }
        let heard = link.poll_recv(cx, &mut inbox);
        if heard.is_ready() {
            sent_first.get_or_insert(false);
        }
        heard
    });
    timeout(Duration::from_secs(60), heard).await.unwrap().unwrap();
    assert_eq!((sent_first, inbox.peek()), (Some(false), Some(&b"heard"[..])));
}

#[tokio::test(start_paused = true)]
async fn an_opening_that_fails_is_the_end() {
    let refused = CloseReason::malformed("as wanted");
    let (mut link, mut called) = slow(Some(refused.clone()));
    assert_eq!(open(&mut link).await.unwrap_err(), refused);
    assert_eq!(open(&mut link).await.unwrap_err(), not_open());
    assert_eq!(all(&mut called), [Call::Open(100)]);
}

#[tokio::test(start_paused = true)]
async fn a_half_that_was_never_closed_is_dropped_with_the_link() {
    let (mut link, mut called) = slow(None);
    open(&mut link).await.unwrap();
    let mut outgoing = framed(&[b"one"]);
    assert!(poll_fn(|cx| Poll::Ready(link.poll_send(cx, &mut outgoing))).await.is_pending());
    drop(link);
    assert_eq!(all(&mut called), [Call::Open(100), Call::Dropped]);
}

#[tokio::test(start_paused = true)]
async fn a_package_above_the_limit_is_not_received() {
    let (mut link, _called) = slow(None);
    open(&mut link).await.unwrap();
    let too_large = CloseReason::TooLarge { size: 5, limit: 4 };
    assert_eq!(link.recv(&mut Inbox::new(4)).await, Err(too_large));
}

/// A library with a mistake in both halves.
struct Panics;

impl AsyncLink for Panics {
    type Sender = Self;
    type Receiver = Self;

    async fn open(self, _: usize) -> Result<(Self, Self), CloseReason> {
        Ok((Self, Self))
    }
}

impl AsyncReceiver for Panics {
    type Buffer = Vec<u8>;

    async fn recv(&mut self) -> Option<Result<Vec<u8>, CloseReason>> {
        panic!("as wanted")
    }
}

impl AsyncSender for Panics {
    type Buffer = Vec<u8>;

    async fn send(&mut self, _: Vec<u8>) -> Result<(), CloseReason> {
        panic!("as wanted")
    }

    async fn close(&mut self, _: CloseReason) {
        pending::<()>().await;
    }
}

#[tokio::test]
async fn a_library_that_panicked_is_not_asked_again() {
    let mut link: Linked<Panics> = Linked::new(Panics);
    let mut inbox = open(&mut link).await.unwrap();
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let mut outgoing = framed(&[b"one"]);
    crate::runtime::isolate("", || drop(link.poll_recv(&mut cx, &mut inbox)));
    crate::runtime::isolate("", || drop(link.poll_send(&mut cx, &mut outgoing)));
    let panicked = Poll::Ready(Err(CloseReason::Panicked));
    assert_eq!(link.poll_recv(&mut cx, &mut inbox), panicked);
    assert_eq!(link.poll_send(&mut cx, &mut outgoing), panicked);
    assert!(link.poll_close(&mut cx, &CloseReason::Panicked).is_ready());
}
