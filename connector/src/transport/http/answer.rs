//! The answers of a port: an upgrade, a page, or a refusal.

use connector_protocol::CloseReason;
use connector_protocol::http::Request;
#[cfg(feature = "deflate")]
use connector_protocol::ws::deflate::Agreement;
use connector_protocol::ws::upgrade::{self, UpgradeError};

use super::options::WebOptions;
use super::response::{HttpResponse, for_method};
use crate::runtime::isolate;

/// The answer to a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The response that accepts an upgrade.
    Upgraded(Upgraded),
    /// A whole response, after which the connection ends for this reason.
    Ended(Vec<u8>, CloseReason),
}

/// An upgrade that is accepted.
#[derive(Debug)]
pub(crate) struct Upgraded {
    pub(crate) response: Vec<u8>,
    /// How messages are compressed.
    #[cfg(feature = "deflate")]
    pub(crate) deflate: Option<Agreement>,
}

const NOT_ALLOWED: &str = "this origin or host is not allowed";
/// The methods of pages.
const ALLOW: &str = "GET, HEAD, OPTIONS";

impl WebOptions {
    /// Answers a request.
    pub(crate) fn answer(&self, request: &Request) -> Answer {
        match request.websocket_key() {
            Ok(Some(key)) => match self.check(request) {
                Ok(()) => self.accept(request, key),
                Err(problem) => {
                    let refusal = HttpResponse::new(403, "text/plain", NOT_ALLOWED);
                    Answer::Ended(refusal.write(&request.method), CloseReason::Malformed(problem))
                }
            },
            Ok(None) => {
                let response = isolate("an HTTP handler", || self.plain(request));
                let response = response
                    .unwrap_or_else(|| HttpResponse::new(500, "text/plain", "a handler failed"));
                Answer::Ended(response.write(&request.method), CloseReason::Answered)
            }
            Err(error) => refuse(error, &request.method),
        }
    }

    fn accept(&self, request: &Request, key: &str) -> Answer {
        #[cfg_attr(not(feature = "deflate"), expect(unused_mut, reason = "an answer is added"))]
        let mut response = upgrade::response(key, self.subprotocol(request));
        #[cfg(feature = "deflate")]
        let deflate = match self.get_deflate().map(|own| own.answer(request, &mut response)) {
            Some(Ok(agreement)) => agreement,
            Some(Err(error)) => return refuse(error, &request.method),
            None => None,
        };
        Answer::Upgraded(Upgraded {
            response,
            #[cfg(feature = "deflate")]
            deflate,
        })
    }

    fn plain(&self, request: &Request) -> HttpResponse {
        let path = request.path.split('?').next().unwrap_or_default();
        match (&*request.method, self.page_at(path), self.other_requests()) {
            ("GET" | "HEAD", Some(page), _) => page(request),
            (_, _, Some(others)) => others(request),
            ("OPTIONS", _, None) => HttpResponse::new(204, "", "").header("Allow", ALLOW),
            (_, Some(_), None) => {
                HttpResponse::new(405, "text/plain", "only GET, HEAD and OPTIONS are allowed")
                    .header("Allow", ALLOW)
            }
            _ if self.has_pages() => HttpResponse::new(404, "text/plain", "there is nothing here"),
            _ => HttpResponse::new(426, "text/plain", "this port speaks WebSocket"),
        }
    }
}

/// Refuses a request that is neither a valid upgrade nor plain HTTP.
pub(crate) fn refuse(error: UpgradeError, method: &str) -> Answer {
    Answer::Ended(for_method(method, upgrade::refusal(&error)), CloseReason::malformed(error))
}
