//! The datagrams that a client sends again until they are answered.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::pomelo::package::{HANDSHAKE_ACK, HEADER, PackageType};

use super::DatagramSize;
use super::rules::{is_handshake, kind};
use crate::runtime::{Sleep, sleep};

/// The time after which the first datagram is sent again. It doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The times that it is sent again.
const TIMES: u32 = 5;

/// The client's part of a handshake over a network that loses datagrams: its handshake is sent
/// again until the server answers, and its ack until the server shows that it has it.
pub(super) enum Repeat {
    /// Nothing was sent.
    New,
    Handshake(Pending),
    Ack(Pending),
    Done,
}

/// A datagram that is sent again.
pub(super) struct Pending {
    datagram: Vec<u8>,
    wait: Duration,
    left: u32,
    alarm: Pin<Box<Sleep>>,
}

/// What to do with a datagram of the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Deliver,
    /// It is a copy of the handshake's answer, which the session has had.
    Drop,
    /// It is, and this side's ack was lost.
    AckAgain,
}

impl Repeat {
    /// Takes note of a datagram that is sent. Returns it padded if it is the handshake, so that
    /// the server may send three times as much to an address that it does not know.
    pub(super) fn sends(&mut self, datagram: &[u8]) -> Option<&[u8]> {
        match self {
            Self::New if is_handshake(datagram) => {
                *self = Self::Handshake(Pending::new(padded(datagram)));
            }
            Self::New => *self = Self::Done,
            Self::Handshake(_) if datagram == HANDSHAKE_ACK => {
                *self = Self::Ack(Pending::new(datagram.to_vec()));
            }
            Self::Handshake(_) | Self::Ack(_) | Self::Done => {}
        }
        match self {
            Self::Handshake(pending) if is_handshake(datagram) => Some(&pending.datagram),
            _ => None,
        }
    }

    /// Takes note of a datagram of the server.
    pub(super) fn hears(&mut self, datagram: &[u8]) -> Heard {
        let handshake = kind(datagram) == Some(PackageType::Handshake);
        match self {
            Self::Handshake(pending) => {
                pending.left = 0;
                Heard::Deliver
            }
            Self::Ack(_) if handshake => Heard::AckAgain,
            Self::Ack(_) => {
                *self = Self::Done;
                Heard::Deliver
            }
            Self::Done if handshake => Heard::Drop,
            Self::New | Self::Done => Heard::Deliver,
        }
    }

    /// Waits until a datagram is to be sent again.
    pub(super) fn poll_again(&mut self, cx: &mut Context<'_>) -> Poll<&[u8]> {
        let (Self::Handshake(pending) | Self::Ack(pending)) = self else { return Poll::Pending };
        if pending.left == 0 || pending.alarm.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        pending.left -= 1;
        pending.wait *= 2;
        pending.alarm.set(sleep(pending.wait));
        Poll::Ready(&pending.datagram)
    }
}

impl Pending {
    fn new(datagram: Vec<u8>) -> Self {
        Self { datagram, wait: FIRST_WAIT, left: TIMES, alarm: Box::pin(sleep(FIRST_WAIT)) }
    }
}

/// Returns a handshake with spaces behind its JSON, up to what passes every network.
fn padded(handshake: &[u8]) -> Vec<u8> {
    let mut datagram = handshake.to_vec();
    let size = DatagramSize::Minimal.bytes();
    if datagram.len() < size {
        datagram.resize(size, b' ');
        let [_, a, b, c] = ((size - HEADER) as u32).to_be_bytes();
        datagram[1..HEADER].copy_from_slice(&[a, b, c]);
    }
    datagram
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use connector_protocol::pomelo::package::{HEARTBEAT, Package};
    use tokio::time::Instant;

    use super::*;

    const HELLO: &[u8] = b"\x01\x00\x00\x02{}";
    const ANSWER: &[u8] = b"\x01\x00\x00\x04{  }";

    /// Returns the times at which something is sent again, in milliseconds.
    async fn again(repeat: &mut Repeat, wanted: &[u8]) -> Vec<u128> {
        let start = Instant::now();
        let mut times = Vec::new();
        while let Ok(datagram) = tokio::time::timeout(
            Duration::from_secs(60),
            poll_fn(|cx| repeat.poll_again(cx).map(<[u8]>::to_vec)),
        )
        .await
        {
            assert_eq!(datagram, wanted);
            times.push(start.elapsed().as_millis());
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_is_padded_and_sent_until_it_is_answered() {
        let mut repeat = Repeat::New;
        let hello = repeat.sends(HELLO).unwrap().to_vec();
        assert_eq!(hello.len(), 1_200);
        let package = Package::take(&mut &*hello).unwrap();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(package.body).unwrap(),
            serde_json::json!({})
        );
        assert_eq!(again(&mut repeat, &hello).await, [500, 1_500, 3_500, 7_500, 15_500]);
        let mut repeat = Repeat::New;
        repeat.sends(HELLO);
        assert_eq!(repeat.hears(ANSWER), Heard::Deliver);
        assert!(again(&mut repeat, HELLO).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_ack_is_sent_until_the_server_has_it() {
        let mut repeat = Repeat::New;
        repeat.sends(HELLO);
        repeat.hears(ANSWER);
        assert_eq!(repeat.sends(&HANDSHAKE_ACK), None);
        assert_eq!(repeat.hears(ANSWER), Heard::AckAgain, "it answers again, since it has none");
        assert_eq!(again(&mut repeat, &HANDSHAKE_ACK).await.len(), 5);
        assert_eq!(repeat.hears(&HEARTBEAT), Heard::Deliver);
        assert!(again(&mut repeat, &HANDSHAKE_ACK).await.is_empty());
        assert_eq!(repeat.hears(ANSWER), Heard::Drop, "a late copy");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_handshake_nothing_is_sent_again() {
        let mut repeat = Repeat::New;
        assert_eq!(repeat.sends(&HEARTBEAT), None);
        assert_eq!(repeat.sends(HELLO), None, "it is no first datagram");
        assert!(again(&mut repeat, HELLO).await.is_empty());
    }
}
