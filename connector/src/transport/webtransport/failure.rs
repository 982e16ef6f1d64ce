//! The failures of wtransport in our words.

use std::io;

use connector_protocol::{CloseReason, TlsError};
use wtransport::error::{ConnectingError, ConnectionError};

use crate::transport::quic::close;
use crate::transport::quic::failure::{alert, lost, meaning, tls_error};

/// Returns the reason for which a session did not open.
pub(super) fn of_handshake(error: &ConnectionError) -> CloseReason {
    match error {
        // Of quinn's errors only the texts are left.
        ConnectionError::QuicProto(error) => {
            let text = error.to_string();
            match text.rsplit_once(" (code: ").and_then(|(text, code)| {
                Some((text, alert(code.strip_suffix(')')?.parse().ok()?)?))
            }) {
                Some((reason, alert)) => tls_error(meaning(alert, reason)),
                None => lost(io::ErrorKind::InvalidData, text),
            }
        }
        ConnectionError::ConnectionClosed(closed) => {
            let text = closed.to_string();
            match alert_in(&text) {
                Some(alert) => tls_error(TlsError::Alert(format!("{alert:?}"))),
                None => lost(
                    io::ErrorKind::ConnectionRefused,
                    format_args!("the peer refused the connection: {text}"),
                ),
            }
        }
        ConnectionError::TimedOut => {
            lost(io::ErrorKind::TimedOut, "nobody answers at the address, or not by HTTP/3")
        }
        error => match of_session(error) {
            Some(end) => end.err().unwrap_or(CloseReason::PeerClosed),
            None => lost(io::ErrorKind::ConnectionAborted, error),
        },
    }
}

/// Returns the reason for which a session was not opened at a server.
pub(super) fn of_dial(error: &ConnectingError) -> CloseReason {
    match error {
        ConnectingError::ConnectionError(error) => of_handshake(error),
        ConnectingError::SessionRejected => lost(
            io::ErrorKind::PermissionDenied,
            "the server refuses the session: its path or origin is not allowed there",
        ),
        error => lost(io::ErrorKind::InvalidInput, error),
    }
}

/// Returns the end of a session that its peer has told, or that its mistake has led to.
pub(super) fn of_session(error: &ConnectionError) -> Option<Result<(), CloseReason>> {
    match error {
        ConnectionError::ApplicationClosed(closed) => {
            let code = quinn::VarInt::from_u64(closed.code().into_inner()).unwrap_or_default();
            Some(close::with_code(code, closed.reason()).map_or(Ok(()), Err))
        }
        ConnectionError::LocalH3Error(error) => {
            Some(Err(CloseReason::malformed(format_args!("HTTP/3: {error}"))))
        }
        _ => None,
    }
}

/// Returns the alert of TLS in quinn's text of a close, which is all that wtransport shows of it.
fn alert_in(text: &str) -> Option<tokio_rustls::rustls::AlertDescription> {
    let code = text.strip_prefix("the cryptographic handshake failed: error ")?;
    let digits = code.split(|c: char| !c.is_ascii_digit()).next()?;
    alert(0x100 + digits.parse::<u64>().ok()?)
}
