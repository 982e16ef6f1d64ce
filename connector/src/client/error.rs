//! The errors of a client.

use connector_protocol::CloseReason;

use crate::body::BodyError;
use crate::codec::CodecError;
use crate::handler::HandlerError;
#[cfg(not(target_family = "wasm"))]
use crate::transport::DialError;

/// The error of connecting to a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The link or the handshake failed: [`CloseReason::Refused`] with the server's code,
    /// [`CloseReason::UpgradeRefused`] with its HTTP response, [`CloseReason::Malformed`]
    /// for a server of another protocol.
    #[error("the connection did not open: {0}")]
    Closed(#[from] CloseReason),
    /// The URL is not valid, or nothing accepts connections at its address.
    #[error(transparent)]
    #[cfg(not(target_family = "wasm"))]
    Dial(#[from] DialError),
    /// The connection was not open within [`ClientBuilder::connect_timeout`](super::ClientBuilder::connect_timeout).
    #[error("the connection was not open in time")]
    Timeout,
}

/// The error of a message that was not sent, or not answered as expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The connection has ended. The server may have received the message.
    #[error("the connection is closed: {0}")]
    Closed(CloseReason),
    /// The message cannot be encoded. Nothing was sent.
    #[error("the message cannot be encoded: {0}")]
    Codec(#[from] CodecError),
    /// The answer does not fit the expected type.
    #[error("the answer does not fit the expected type: {0}")]
    Decode(BodyError),
    /// The server answered with an error.
    #[error("the server answered with {0}")]
    Server(HandlerError),
    /// There was no answer in time. The server may have received the message. A later
    /// answer is ignored.
    #[error("no answer in time")]
    Timeout,
}

impl From<BodyError> for RequestError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Server(error) => Self::Server(error),
            misfit @ BodyError::Misfit(_) => Self::Decode(misfit),
        }
    }
}
