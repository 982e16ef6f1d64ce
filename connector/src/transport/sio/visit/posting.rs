//! The bodies of requests: how long they are, how fast they come, and how much all may hold.

use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::http::Request;
use connector_protocol::socketio::RequestError;

use super::{Next, STEP, Visit};
use crate::limits::{HeldInAll, HeldPart};
use crate::runtime::{Instant, timeout};
use crate::transport::sio::polled::{Body, Polled};

/// The least bytes of a request's body in each step.
const SLOWEST: usize = 10 * 1024;
/// The bytes of bodies that all connections of a port may hold.
const BODIES: usize = 64 << 20;
/// The bytes of bodies from which on each has to arrive within a [`STEP`], so that slow ones leave
/// room for others.
const MANY: usize = BODIES / 2;
/// The bytes of a body that may arrive though others hold as much as that.
const SHARE: usize = 16 << 10;

impl Visit {
    /// Reads the packets of a request's body, and answers when the session has taken them.
    pub(super) async fn post(
        &mut self,
        request: &Request,
        size: usize,
        polled: &Arc<Polled>,
    ) -> Result<Next, RequestError> {
        let posting = polled.begin_post()?;
        let Some(len) = request.body_len() else {
            return Ok(self.refuse(request, 411, "a body needs a Content-Length").await);
        };
        let longest = polled.longest();
        if len > longest {
            polled.end(CloseReason::TooLarge { size: len, limit: longest });
            let text = format!("a body may have {longest} bytes");
            return Ok(self.refuse(request, 413, &text).await);
        }
        self.inbox.consume(size);
        let kind = request.header("Content-Type").unwrap_or_default();
        let is_bytes = kind.starts_with("application/octet-stream");
        if request.header("Expect").is_some_and(|it| it.eq_ignore_ascii_case("100-continue")) {
            let _ = self.write(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()).await;
        }
        let mut held = HeldPart::new(self.port.bodies.clone());
        let bytes = tokio::select! {
            bytes = self.body(len, &mut held) => bytes,
            () = polled.ended() => return Err(RequestError::Session),
        };
        let Some(bytes) = bytes else { return Ok(Next::Gone) };
        if bytes.len() < len {
            let text = "this server holds too much to read a body at the moment";
            return Ok(self.refuse(request, 503, text).await);
        }
        // From now on it counts for the session.
        drop(held);
        posting.post(Body { bytes, is_bytes }).await?;
        Ok(self.respond(request, 200, "text/html", b"ok").await)
    }

    /// Reads a body of this length, or a part of it where all bodies hold too much. `None` if it
    /// ends before, or comes too slowly.
    async fn body(&mut self, len: usize, held: &mut HeldPart<Arc<HeldInAll>>) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        let begun = Instant::now();
        while body.len() < len && !(body.len() > SHARE && held.in_all() >= BODIES) {
            let step = len.min(body.len() + SLOWEST);
            let is_crowded = held.in_all() >= MANY;
            let patience = if is_crowded { STEP.saturating_sub(begun.elapsed()) } else { STEP };
            let read = async {
                loop {
                    let unread = self.inbox.unread();
                    let part = unread.len().min(len - body.len());
                    body.extend_from_slice(&unread[..part]);
                    self.inbox.consume(part);
                    held.set(body.len(), BODIES);
                    if body.len() >= step {
                        return Some(());
                    }
                    self.fill().await?;
                }
            };
            timeout(patience, read).await??;
        }
        Some(body)
    }
}
