//! The bodies of requests: how long they are, how fast they come, and how much all may hold.

use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::http::Request;
use connector_protocol::socketio::RequestError;

use super::{Next, STEP, Visit};
use crate::limits::{HeldInAll, HeldPart};
use crate::runtime::{Instant, timeout};
use crate::transport::sio::polled::{Body, Polled};
use crate::transport::sio::port::SHARE;

/// The least bytes of a request's body in each step.
const SLOWEST: usize = 10 * 1024;

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
        let mut held = self.port.arriving.part();
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
        while body.len() < len && !(body.len() > SHARE && self.port.arriving.is_reached()) {
            let step = len.min(body.len() + SLOWEST);
            let is_crowded = self.port.arriving.is_near();
            let patience = if is_crowded { STEP.saturating_sub(begun.elapsed()) } else { STEP };
            let read = async {
                loop {
                    let unread = self.inbox.unread();
                    let part = unread.len().min(len - body.len());
                    body.extend_from_slice(&unread[..part]);
                    self.inbox.consume(part);
                    held.set(body.len(), usize::MAX);
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
