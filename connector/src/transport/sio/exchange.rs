//! Requests of a client that polls, each on a connection that is kept for the next.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::http::{self, BodyReader, Response, parse_response};
use connector_protocol::socketio::{PayloadWriter, Version};
use futures_util::FutureExt;
use tokio::io::AsyncWriteExt;

use super::polled::Body;
use crate::connector::{DialError, Peer};
use crate::link::{ByteStream, Inbox, Opening, lost};
use crate::runtime::timeout;
use crate::transport::tcp_dialer::connect;
use crate::transport::url::Target;
use crate::transport::{Stream, TlsSettings, WebSocketLink};

/// The time in which a connection has to open.
const OPEN: Duration = Duration::from_secs(10);
/// The time that the body of a refusal may take. What has not come then is left out.
const BODY: Duration = Duration::from_secs(5);

/// The way to a server.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) target: Target,
    pub(super) tls: TlsSettings,
    /// The path of requests.
    pub(super) path: String,
    pub(super) version: Version,
}

/// A connection that carries requests, one after the other.
pub(super) struct Carrier {
    stream: Stream,
    inbox: Inbox,
    peer: Peer,
    /// It has gone through TLS, if there is any.
    is_open: bool,
}

/// A request.
#[derive(Debug)]
pub(super) enum Ask {
    Poll,
    Post(Vec<u8>),
}

impl Route {
    /// Returns the target of requests over this transport, for a session that there is or a new
    /// one.
    pub(super) fn query(&self, transport: &str, sid: Option<&str>) -> String {
        let version = self.version.number();
        let query = format!("{}?EIO={version}&transport={transport}", self.path);
        match sid {
            None => query,
            Some(sid) => format!("{query}&sid={sid}"),
        }
    }

    /// Connects, and begins a WebSocket that is opened later.
    pub(super) async fn websocket(
        &self,
        sid: Option<&str>,
    ) -> Result<(WebSocketLink, Peer), DialError> {
        let (stream, peer) = connect(&self.target, &self.tls).await?;
        let query = self.query("websocket", sid);
        let link = WebSocketLink::client(stream, &self.target.http_host(), &query, true);
        Ok((link.map_err(CloseReason::malformed)?, peer))
    }

    /// Connects for requests.
    pub(super) async fn carrier(&self) -> Result<(Carrier, Peer), DialError> {
        let (stream, peer) = connect(&self.target, &self.tls).await?;
        let inbox = Inbox::new(http::MAX_HEAD);
        Ok((Carrier { stream, inbox, peer: peer.clone(), is_open: false }, peer))
    }

    /// Makes a request, on a connection that was kept if the server has not ended it. Returns
    /// the body of the response, of at most `longest` bytes, and the connection if the server
    /// takes another request on it.
    pub(super) async fn exchange(
        self: Arc<Self>,
        kept: Option<Carrier>,
        sid: Option<String>,
        ask: Ask,
        longest: usize,
    ) -> Result<(Body, Option<Carrier>), CloseReason> {
        let opened = timeout(OPEN, async {
            let mut carrier = match kept.and_then(Carrier::still_open) {
                Some(carrier) => carrier,
                None => self.carrier().await.map_err(failed)?.0,
            };
            carrier.open().await?;
            Ok(carrier)
        });
        let mut carrier = opened.await.unwrap_or(Err(CloseReason::HandshakeTimeout))?;
        let request = self.request(sid.as_deref(), &ask);
        let io = carrier.stream.io();
        io.write_all(&request).await.map_err(lost)?;
        io.flush().await.map_err(lost)?;
        let (body, keeps_alive) = carrier.response(longest).await?;
        Ok((body, keeps_alive.then_some(carrier)))
    }

    fn request(&self, sid: Option<&str>, ask: &Ask) -> Vec<u8> {
        let (method, body) = match ask {
            Ask::Poll => ("GET", None),
            Ask::Post(body) => ("POST", Some(body)),
        };
        let (query, host) = (self.query("polling", sid), self.target.http_host());
        let mut request = format!("{method} {query} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n");
        if let Some(body) = body {
            request.push_str(&format!(
                "Content-Type: {}\r\nContent-Length: {}\r\n",
                PayloadWriter::CONTENT_TYPE,
                body.len()
            ));
        }
        request.push_str("\r\n");
        let mut request = request.into_bytes();
        request.extend_from_slice(body.map(Vec::as_slice).unwrap_or_default());
        request
    }
}

/// Returns the reason for which a connection did not come about.
pub(super) fn failed(error: DialError) -> CloseReason {
    let reason = error.to_reason();
    reason.unwrap_or_else(|| lost(io::Error::other(error.to_string())))
}

impl Carrier {
    /// Goes through TLS, if there is any.
    async fn open(&mut self) -> Result<(), CloseReason> {
        if std::mem::replace(&mut self.is_open, true) {
            return Ok(());
        }
        let Self { stream, inbox, peer, .. } = self;
        let mut opening = Opening::new(inbox, peer);
        poll_fn(|cx| {
            let opened = stream.poll_open(cx, &mut opening);
            opening.inbox.release();
            opened
        })
        .await
    }

    /// Returns it unless the server has ended it, as it may while there are no requests.
    fn still_open(mut self) -> Option<Self> {
        let is_open = !self.is_open || self.fill().now_or_never().is_none();
        is_open.then_some(self)
    }

    /// Reads once. Returns the number of bytes, which is 0 at the end of the stream.
    async fn read(&mut self) -> Result<usize, CloseReason> {
        let Self { stream, inbox, .. } = self;
        let read = poll_fn(|cx| {
            let read = inbox.poll_fill(cx, stream.io());
            inbox.release();
            read
        });
        read.await.map_err(lost)
    }

    /// Reads once, where the stream does not end.
    async fn fill(&mut self) -> Result<(), CloseReason> {
        match self.read().await? {
            0 => Err(lost(io::ErrorKind::UnexpectedEof.into())),
            _ => Ok(()),
        }
    }

    /// Waits for a response. Returns its body, and whether the connection is kept.
    async fn response(&mut self, longest: usize) -> Result<(Body, bool), CloseReason> {
        let response = loop {
            match parse_response(self.inbox.unread()).map_err(CloseReason::malformed)? {
                Some((response, size)) => {
                    self.inbox.consume(size);
                    break response;
                }
                None => self.fill().await?,
            }
        };
        if response.status != 200 {
            return Err(self.refusal(response).await);
        }
        let mut reader = BodyReader::new(&response);
        let mut bytes = Vec::new();
        let mut keeps_alive = response.keeps_alive();
        loop {
            let unread = self.inbox.unread();
            let taken = reader.read(unread, &mut bytes).map_err(CloseReason::malformed)?;
            self.inbox.consume(taken);
            let left = usize::try_from(reader.left().unwrap_or(0)).unwrap_or(usize::MAX);
            let size = bytes.len().saturating_add(left);
            if size > longest {
                return Err(CloseReason::TooLarge { size, limit: longest });
            }
            if reader.is_complete() {
                break;
            }
            if self.read().await? == 0 {
                if !reader.ends_with_stream() {
                    return Err(lost(io::ErrorKind::UnexpectedEof.into()));
                }
                keeps_alive = false;
                break;
            }
        }
        let kind = response.header("Content-Type").unwrap_or_default();
        let is_bytes = kind.starts_with("application/octet-stream");
        Ok((Body { bytes, is_bytes }, keeps_alive))
    }

    /// Reads the body of a response whose status is not 200, as far as it comes, and returns
    /// the reason that it is.
    async fn refusal(&mut self, mut response: Response) -> CloseReason {
        let body = timeout(BODY, async {
            while !response.read_body(self.inbox.unread()) && self.fill().await.is_ok() {}
        });
        body.await;
        CloseReason::UpgradeRefused(Box::new(response))
    }
}
