//! The answers to requests that wait.

use std::sync::Arc;
use std::time::Duration;

use connector_protocol::http::Request;
use connector_protocol::socketio::{PayloadWriter, RequestError};

use super::{Next, Visit};
use crate::runtime::sleep;
use crate::transport::sio::polled::Polled;

/// The time in which a client has to take the answer of a session that has ended.
const LATE: Duration = Duration::from_secs(10);

impl Visit {
    /// Answers a request that waits until there is something to send.
    pub(super) async fn poll(
        &mut self,
        request: &Request,
        size: usize,
        polled: &Arc<Polled>,
    ) -> Result<Next, RequestError> {
        if request.body_len() != Some(0) {
            return Err(RequestError::Bad("a GET has no body"));
        }
        self.inbox.consume(size);
        let answer = tokio::select! {
            // It has to have begun for its end to be noticed.
            biased;
            answer = polled.poll() => answer?,
            () = self.gone() => return Ok(Next::Gone),
        };
        let too_late = async {
            polled.ended().await;
            sleep(LATE).await;
        };
        let next = tokio::select! {
            biased;
            next = self.respond(request, 200, PayloadWriter::CONTENT_TYPE, &answer.body) => next,
            () = too_late => Next::Gone,
        };
        if next == Next::Gone {
            // What it carried is lost.
            polled.lose();
        }
        Ok(next)
    }
}
