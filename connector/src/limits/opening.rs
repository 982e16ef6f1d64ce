//! The opening of a link, unless its peer's address may not have one more connection.

use std::future::poll_fn;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;

use crate::connector::Peer;
use crate::link::{Link, Opening};

/// Opens a link, unless `admit` refuses the address of its peer. Returns `true` if it is
/// open.
pub(crate) async fn open_admitted<L: Link>(
    link: &mut L,
    opening: &mut Opening<'_>,
    mut admit: impl FnMut(&Peer) -> bool,
) -> Result<bool, CloseReason> {
    poll_fn(|cx| poll_open_admitted(link, cx, opening, &mut admit)).await
}

/// Polls [`open_admitted`].
///
/// `admit` is called as soon as the address is settled, so that a peer that opens slowly
/// counts from then on, and once more when the link is open, since a link may have changed
/// the address all the same.
pub(crate) fn poll_open_admitted<L: Link + ?Sized>(
    link: &mut L,
    cx: &mut Context<'_>,
    opening: &mut Opening<'_>,
    mut admit: impl FnMut(&Peer) -> bool,
) -> Poll<Result<bool, CloseReason>> {
    let opened = link.poll_open(cx, opening);
    opening.inbox.release();
    let opened = opened?;
    if (opened.is_ready() || opening.settled) && !admit(opening.peer) {
        return Poll::Ready(Ok(false));
    }
    opened.map(|()| Ok(true))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use connector_protocol::framing::{Envelope, Framing};

    use super::*;
    use crate::link::{Boundaries, Inbox, Outgoing};

    fn peer(address: &str) -> Peer {
        Peer::new("tcp", address.parse::<SocketAddr>().unwrap())
    }

    /// Opens in steps: waits for a proxy, learns the client's address, waits for
    /// an upgrade, learns another address.
    #[derive(Default)]
    struct Steps(u32);

    impl Link for Steps {
        fn poll_open(
            &mut self,
            cx: &mut Context<'_>,
            opening: &mut Opening<'_>,
        ) -> Poll<Result<(), CloseReason>> {
            self.0 += 1;
            opening.settled = self.0 > 1;
            match self.0 {
                2 => *opening.peer = peer("203.0.113.1:1"),
                4 => *opening.peer = peer("203.0.113.2:1"),
                _ => {}
            }
            if self.0 == 4 {
                return Poll::Ready(Ok(()));
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }

        fn poll_recv(
            &mut self,
            _: &mut Context<'_>,
            _: &mut Inbox,
        ) -> Poll<Result<(), CloseReason>> {
            Poll::Pending
        }

        fn poll_send(
            &mut self,
            _: &mut Context<'_>,
            _: &mut Outgoing,
        ) -> Poll<Result<(), CloseReason>> {
            Poll::Pending
        }

        fn poll_close(&mut self, _: &mut Context<'_>, _: &CloseReason) -> Poll<()> {
            Poll::Ready(())
        }

        fn frame(&self) -> &'static dyn Envelope {
            Boundaries::INSTANCE
        }
    }

    /// Returns the addresses that `admit` was called with, and `true` if the link is open.
    async fn open(refused: &str) -> (Vec<String>, bool) {
        let mut inbox = Inbox::new(1024);
        let mut peer = peer("10.0.0.1:1");
        let mut asked = Vec::new();
        let mut opening = Opening::new(&mut inbox, &mut peer);
        let mut link = Steps::default();
        let opened = open_admitted(&mut link, &mut opening, |peer| {
            asked.push(peer.address.to_string());
            peer.address.to_string() != refused
        });
        let opened = opened.await.unwrap();
        (asked, opened)
    }

    #[tokio::test]
    async fn asks_about_an_address_as_soon_as_it_is_settled() {
        let client = "203.0.113.1:1".to_owned();
        let other = "203.0.113.2:1".to_owned();
        let all = vec![client.clone(), client.clone(), other];
        assert_eq!(open("10.0.0.1:1").await, (all.clone(), true));
        assert_eq!(open("203.0.113.1:1").await, (vec![client], false));
        assert_eq!(open("203.0.113.2:1").await, (all, false));
    }
}
