//! The requests of Engine.IO: their queries, and what is wrong with them.

use std::fmt;

use super::Version;
use crate::http::Request;

/// The query of an Engine.IO request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineRequest {
    /// The version of Engine.IO. A query without `EIO` is of version 3, as in Node's server.
    pub version: Version,
    /// The transport.
    pub transport: Transport,
    /// The session, unless the request begins one.
    pub sid: Option<String>,
}

/// A transport of Engine.IO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Requests that wait until there is something to send.
    Polling,
    /// A WebSocket.
    WebSocket,
}

/// The error of a request that Engine.IO does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Neither polling nor WebSocket.
    #[error("Transport unknown")]
    Transport,
    /// No session has this id, or none any more.
    #[error("Session ID unknown")]
    Session,
    /// A session begins with GET.
    #[error("Bad handshake method")]
    Method,
    /// The request does not fit to its session, for this reason.
    #[error("Bad request")]
    Bad(&'static str),
    /// The page or the host may not connect.
    #[error("Forbidden")]
    Forbidden,
    /// A version of Engine.IO other than 3 and 4.
    #[error("Unsupported protocol version")]
    Version,
}

impl EngineRequest {
    /// Reads the query of a request.
    ///
    /// # Errors
    /// Returns [`RequestError`] for a version or a transport that there is not, for JSONP, and
    /// for an upgrade that does not name its transport.
    pub fn parse(request: &Request) -> Result<Self, RequestError> {
        let version = match request.query("EIO").as_deref() {
            None | Some("3") => Version::V3,
            Some("4") => Version::V4,
            Some(_) => return Err(RequestError::Version),
        };
        let transport = match request.query("transport").as_deref() {
            Some("polling") => Transport::Polling,
            Some("websocket") => Transport::WebSocket,
            _ => return Err(RequestError::Transport),
        };
        let upgrades = request.websocket_key().is_ok_and(|key| key.is_some());
        if upgrades != (transport == Transport::WebSocket) {
            return Err(RequestError::Bad("the transport and the request do not fit together"));
        }
        if transport == Transport::Polling && request.query("j").is_some() {
            return Err(RequestError::Bad(
                "JSONP is not supported: use XMLHttpRequest with CORS, as all browsers can",
            ));
        }
        let sid = request.query("sid").filter(|sid| !sid.is_empty());
        Ok(Self { version, transport, sid })
    }
}

impl RequestError {
    /// Returns the code that Engine.IO's clients know.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Transport => 0,
            Self::Session => 1,
            Self::Method => 2,
            Self::Bad(_) => 3,
            Self::Forbidden => 4,
            Self::Version => 5,
        }
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        if self == Self::Forbidden { 403 } else { 400 }
    }

    /// Returns the body of the response: `{"code":1,"message":"Session ID unknown"}`. What is
    /// wrong with a bad request stands in `context`, which clients ignore.
    #[must_use]
    pub fn body(self) -> Vec<u8> {
        let context = match self {
            Self::Bad(why) => Some(why),
            _ => None,
        };
        let mut body = Vec::new();
        let _ = write_body(self.code(), &self, context, &mut body);
        body
    }
}

fn write_body(
    code: u8,
    message: &dyn fmt::Display,
    context: Option<&str>,
    out: &mut Vec<u8>,
) -> serde_json::Result<()> {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        code: u8,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        context: Option<&'a str>,
    }
    serde_json::to_writer(out, &Body { code, message: message.to_string(), context })
}
