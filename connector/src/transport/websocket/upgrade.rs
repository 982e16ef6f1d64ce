//! The upgrade that opens a WebSocket, on either side.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::http::{Response, parse_request, response};
#[cfg(feature = "deflate")]
use connector_protocol::ws::deflate::Agreement;
use connector_protocol::ws::upgrade::{self, Accepted, ConnectError, Reply};
use connector_protocol::{CloseReason, TlsError, tls};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::connector::Peer;
use crate::link::{Inbox, Opening, lost};
#[cfg(feature = "deflate")]
use crate::transport::Deflate;
use crate::transport::http::{Answer, WebOptions, refuse};
use crate::transport::write_all::poll_write_all;

/// An upgrade that is not decided yet.
#[derive(Debug)]
pub(super) struct Upgrade {
    side: Side,
    /// What is unsent of the HTTP head.
    head: Vec<u8>,
    /// The peer has begun to send a head.
    begun: bool,
    /// The address of the peer that is behind a proxy is known.
    corrected: bool,
    outcome: Option<Result<(), CloseReason>>,
    /// How messages are compressed, once that is agreed.
    #[cfg(feature = "deflate")]
    agreement: Option<Agreement>,
}

#[derive(Debug)]
enum Side {
    Client {
        key: String,
        /// A refusal whose body has not wholly arrived.
        refusal: Option<Box<Response>>,
        /// What the request offers.
        #[cfg(feature = "deflate")]
        deflate: Option<Deflate>,
    },
    Server(WebOptions),
}

impl Upgrade {
    /// Creates the side that answers a request.
    pub(super) fn server(options: WebOptions) -> Self {
        Self::new(Side::Server(options), Vec::new())
    }

    /// Changes the defaults to those of a plugin's port on loopback.
    #[cfg(feature = "plugin")]
    pub(super) fn guard_loopback(&mut self, address: std::net::SocketAddr) {
        if let Side::Server(options) = &mut self.side {
            options.guard_loopback(address);
        }
    }

    /// Creates the side that sends this request.
    pub(super) fn client(key: String, request: Vec<u8>) -> Self {
        let side = Side::Client {
            key,
            refusal: None,
            #[cfg(feature = "deflate")]
            deflate: None,
        };
        Self::new(side, request)
    }

    fn new(side: Side, head: Vec<u8>) -> Self {
        Self {
            side,
            head,
            begun: false,
            corrected: false,
            outcome: None,
            #[cfg(feature = "deflate")]
            agreement: None,
        }
    }

    /// Offers compression in a request that is not sent yet.
    #[cfg(feature = "deflate")]
    pub(super) fn offer(&mut self, deflate: Deflate) {
        if let Side::Client { deflate: offer, .. } = &mut self.side {
            deflate.offer(&mut self.head);
            *offer = Some(deflate);
        }
    }

    /// Returns what both ends have agreed on about compression, and what this one wants.
    #[cfg(feature = "deflate")]
    pub(super) fn deflate(&self) -> Option<(&Deflate, Agreement)> {
        let own = match &self.side {
            Side::Server(options) => options.get_deflate(),
            Side::Client { deflate, .. } => deflate.as_ref(),
        };
        own.zip(self.agreement)
    }

    /// Exchanges heads. A server's refusal becomes a reply of the inbox, so that it is sent
    /// with the last bytes of the connection, however long it is and however slowly its peer
    /// reads.
    pub(super) fn poll<Io: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            ready!(poll_write_all(io, cx, &mut self.head))?;
            ready!(Pin::new(&mut *io).poll_flush(cx)).map_err(lost)?;
            if let Some(outcome) = self.outcome.take() {
                return Poll::Ready(outcome);
            }
            ready!(self.poll_correct(opening));
            if self.outcome.is_some() || self.read(opening.inbox) {
                continue;
            }
            let reason = match ready!(opening.inbox.poll_fill(cx, io)) {
                Ok(0) => CloseReason::PeerClosed,
                Ok(_) => continue,
                Err(error) => lost(error),
            };
            return Poll::Ready(Err(self.take_refusal().unwrap_or(reason)));
        }
    }

    /// Returns whether the request that is to come may name another address of this peer.
    pub(super) fn changes_address(&self, peer: &Peer) -> bool {
        let Side::Server(options) = &self.side else { return false };
        let proxies = options.get_forwarded().filter(|_| !self.corrected);
        proxies.is_some_and(|proxies| proxies.trusts(peer))
    }

    /// Learns from the request of a proxy who is behind it, and waits until that client may
    /// connect. The request is answered afterwards.
    fn poll_correct(&mut self, opening: &mut Opening<'_>) -> Poll<()> {
        let Side::Server(options) = &self.side else { return Poll::Ready(()) };
        let Some(proxies) = options.get_forwarded() else { return Poll::Ready(()) };
        if !self.corrected {
            let Ok(Some((request, _))) = parse_request(opening.inbox.unread()) else {
                return Poll::Ready(());
            };
            self.corrected = true;
            if let Err(problem) = proxies.correct(opening.peer, &request) {
                let text = b"a proxy does not name the client as this server expects";
                let refusal = response(400, &[("Content-Type", "text/plain")], text);
                opening.inbox.unread_and_replies().1.extend(refusal);
                self.outcome = Some(Err(CloseReason::Malformed(problem)));
                return Poll::Ready(());
            }
            opening.changes_later = false;
        }
        opening.poll_admitted()
    }

    /// Returns the last words for a peer whose request has not wholly arrived.
    pub(super) fn farewell(&self, reason: &CloseReason) -> Vec<u8> {
        let waits = matches!(self.side, Side::Server(_)) && self.begun && self.head.is_empty();
        match reason {
            CloseReason::HandshakeTimeout if waits => response(408, &[], b""),
            _ => Vec::new(),
        }
    }

    /// Reads what has arrived. Returns `false` if it is incomplete.
    fn read(&mut self, inbox: &mut Inbox) -> bool {
        self.begun = !inbox.unread().is_empty();
        match &mut self.side {
            Side::Client {
                key,
                refusal,
                #[cfg(feature = "deflate")]
                deflate,
            } => {
                let parse = |input: &[u8]| {
                    #[cfg(feature = "deflate")]
                    if let Some(own) = deflate {
                        return own.parse_response(input, key);
                    }
                    upgrade::parse_response(input, key)
                };
                let accepted = read_reply(parse, refusal, inbox);
                #[cfg(feature = "deflate")]
                if let Some(Ok(accepted)) = &accepted {
                    self.agreement = accepted.deflate;
                }
                self.outcome = accepted.map(|accepted| accepted.and_then(unasked));
            }
            Side::Server(options) => match read_request(options, inbox) {
                Some(Answer::Upgraded(upgraded)) => {
                    #[cfg(feature = "deflate")]
                    {
                        self.agreement = upgraded.deflate;
                    }
                    self.head = upgraded.response;
                    self.outcome = Some(Ok(()));
                }
                Some(Answer::Ended(response, reason)) => {
                    inbox.unread_and_replies().1.extend(response);
                    self.outcome = Some(Err(reason));
                }
                None => {}
            },
        }
        self.outcome.is_some()
    }

    /// Takes a refusal whose body has not wholly arrived.
    fn take_refusal(&mut self) -> Option<CloseReason> {
        match &mut self.side {
            Side::Client { refusal, .. } => refusal.take().map(CloseReason::UpgradeRefused),
            Side::Server(_) => None,
        }
    }
}

/// Reads the server's response, and the body of a refusal.
fn read_reply(
    parse: impl FnOnce(&[u8]) -> Result<Option<(Reply, usize)>, ConnectError>,
    refusal: &mut Option<Box<Response>>,
    inbox: &mut Inbox,
) -> Option<Result<Accepted, CloseReason>> {
    if refusal.is_none() {
        if speaks_tls(inbox) {
            return Some(Err(CloseReason::Tls(Box::new(TlsError::Unexpected))));
        }
        let (reply, consumed) = match parse(inbox.unread()) {
            Ok(reply) => reply?,
            Err(error) => return Some(Err(CloseReason::malformed(error))),
        };
        inbox.consume(consumed);
        match reply {
            Reply::Accepted(accepted) => return Some(Ok(accepted)),
            Reply::Refused(response) => *refusal = Some(Box::new(response)),
        }
    }
    let response = refusal.take_if(|response| response.read_body(inbox.unread()))?;
    Some(Err(CloseReason::UpgradeRefused(response)))
}

/// Reads and answers the client's request.
fn read_request(options: &WebOptions, inbox: &mut Inbox) -> Option<Answer> {
    match parse_request(inbox.unread()) {
        Ok(request) => {
            let (request, consumed) = request?;
            inbox.consume(consumed);
            Some(options.answer(&request))
        }
        Err(error) => Some(match refuse(error.into(), "GET") {
            Answer::Ended(response, _) if speaks_tls(inbox) => {
                Answer::Ended(response, CloseReason::Tls(Box::new(TlsError::Unexpected)))
            }
            answer => answer,
        }),
    }
}

/// Returns whether the peer speaks TLS in the place of HTTP.
fn speaks_tls(inbox: &mut Inbox) -> bool {
    tls::is_record(inbox.unread())
}

/// No protocol was offered, so none may be picked (RFC 6455 4.1).
fn unasked(accepted: Accepted) -> Result<(), CloseReason> {
    let Some(protocol) = accepted.protocol else { return Ok(()) };
    let what = format_args!("the subprotocol {protocol:?}, which was not offered");
    Err(CloseReason::malformed(what))
}
