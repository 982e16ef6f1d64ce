//! What can go wrong for a client.

use connector_protocol::CloseReason;

use crate::body::BodyError;
use crate::codec::CodecError;
use crate::handler::HandlerError;
#[cfg(not(target_family = "wasm"))]
use crate::transport::DialError;

/// A connection that did not come to be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The link or the handshake ended it: [`CloseReason::Refused`] with the
    /// server's code, [`CloseReason::Malformed`] for a server that speaks
    /// something else.
    #[error("the connection did not open: {0}")]
    Closed(#[from] CloseReason),
    /// The address could not be reached, or is not one.
    #[error(transparent)]
    #[cfg(not(target_family = "wasm"))]
    Dial(#[from] DialError),
    /// It was not open in time.
    #[error("the connection was not open in time")]
    Timeout,
}

/// A message that was not sent, or not answered as expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The connection has ended. The server may have got the message.
    #[error("the connection is closed: {0}")]
    Closed(CloseReason),
    /// The message cannot be written, so that nothing was sent.
    #[error("the message cannot be written: {0}")]
    Codec(#[from] CodecError),
    /// There is an answer, but it does not fit the type.
    #[error("the answer does not fit: {0}")]
    Decode(BodyError),
    /// The server answered that it failed.
    #[error("the server answered with {0}")]
    Server(HandlerError),
    /// No answer in time. The server may have got the message, and its answer
    /// is ignored when it comes after all.
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
