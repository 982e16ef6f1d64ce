//! The opening of a link, unless its peer's address may not have one more connection.

use std::future::poll_fn;
#[cfg(feature = "plugin")]
use std::task::Context;
use std::task::Poll;

use connector_protocol::CloseReason;

#[cfg(feature = "plugin")]
use crate::connector::Peer;
use crate::link::{Link, Opening};

/// Opens a link until it is open, or the address of its peer is settled and not
/// [admitted](Opening::admitted). Returns `true` if it is open.
///
/// The caller decides about a new address before it goes on, so that a refused peer is sent
/// nothing. A link that is open may have changed the address all the same.
pub(crate) async fn open_to_address<L: Link>(
    link: &mut L,
    opening: &mut Opening<'_>,
) -> Result<bool, CloseReason> {
    poll_fn(|cx| {
        let opened = link.poll_open(cx, opening);
        opening.inbox.release();
        if let Poll::Ready(opened) = opened {
            return Poll::Ready(opened.map(|()| true));
        }
        if opening.settled && !opening.is_admitted() {
            return Poll::Ready(Ok(false));
        }
        Poll::Pending
    })
    .await
}

/// Opens a link, unless `admit` refuses the address of its peer. Ready with `true` once it is
/// open.
///
/// `admit` is called as soon as the address is settled, so that a peer that opens slowly
/// counts from then on, and once more when the link is open, since a link may have changed
/// the address all the same.
#[cfg(feature = "plugin")]
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
    use std::task::Context;

    use connector_protocol::framing::{Envelope, Framing};

    use super::*;
    use crate::link::{Boundaries, Inbox, Outgoing};

    fn peer(address: &str) -> crate::Peer {
        crate::Peer::new("tcp", address.parse::<SocketAddr>().unwrap())
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

    /// Returns the addresses that were asked about, and `true` if the link is open.
    async fn open(refused: &str) -> (Vec<String>, bool) {
        let mut inbox = Inbox::new(1024);
        let mut peer = peer("10.0.0.1:1");
        let mut asked = Vec::new();
        let mut opening = Opening::new(&mut inbox, &mut peer);
        let mut link = Steps::default();
        loop {
            let opened = open_to_address(&mut link, &mut opening);
            let opened = opened.await.unwrap();
            let address = opening.peer.address.clone();
            if !opening.is_admitted() {
                asked.push(address.to_string());
                if address.to_string() == refused {
                    return (asked, false);
                }
                opening.admitted = Some(address);
            }
            if opened {
                return (asked, true);
            }
        }
    }

    #[tokio::test]
    async fn asks_about_an_address_as_soon_as_it_is_settled() {
        let client = "203.0.113.1:1".to_owned();
        let other = "203.0.113.2:1".to_owned();
        let all = vec![client.clone(), other];
        assert_eq!(open("10.0.0.1:1").await, (all.clone(), true));
        assert_eq!(open("203.0.113.1:1").await, (vec![client], false));
        assert_eq!(open("203.0.113.2:1").await, (all, false));
    }
}
