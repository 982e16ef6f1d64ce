//! The failures of rustls in our words.

use std::io;

use connector_protocol::{CloseReason, TlsError};
use tokio_rustls::rustls::{CertificateError, Error, InvalidMessage};

/// Returns the reason of a handshake that failed.
pub(super) fn of_handshake(error: &io::Error) -> CloseReason {
    match rustls_error(error) {
        // Later, it would be a peer that breaks the protocol.
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            CloseReason::Tls(Box::new(TlsError::Plain))
        }
        Some(error) => CloseReason::Tls(Box::new(meaning(error))),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            CloseReason::Tls(Box::new(TlsError::Closed))
        }
        None => CloseReason::lost(error),
    }
}

/// Returns the error of an open stream, with the [`TlsError`] in it if rustls made it.
pub(super) fn of_stream(error: io::Error) -> io::Error {
    match rustls_error(&error) {
        Some(tls) => io::Error::new(error.kind(), meaning(tls)),
        None if error.kind() == io::ErrorKind::UnexpectedEof => io::Error::new(
            error.kind(),
            "the peer closed the connection without ending TLS, so bytes may be missing",
        ),
        None => error,
    }
}

fn rustls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn meaning(error: &Error) -> TlsError {
    match error {
        Error::AlertReceived(alert) => TlsError::Alert(format!("{alert:?}")),
        Error::NoCertificatesPresented => TlsError::NoCertificate,
        Error::InvalidCertificate(error) => certificate(error),
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => {
            TlsError::Incompatible(error.to_string())
        }
        error => TlsError::Failed(error.to_string()),
    }
}

fn certificate(error: &CertificateError) -> TlsError {
    match error {
        CertificateError::Expired => TlsError::Expired(String::new()),
        CertificateError::ExpiredContext { time, not_after } => {
            let seconds = time.as_secs().saturating_sub(not_after.as_secs());
            TlsError::Expired(format!(", {} ago", duration(seconds)))
        }
        CertificateError::NotValidYet => TlsError::NotYetValid(String::new()),
        CertificateError::NotValidYetContext { time, not_before } => {
            let seconds = not_before.as_secs().saturating_sub(time.as_secs());
            TlsError::NotYetValid(format!(", but in {}", duration(seconds)))
        }
        CertificateError::UnknownIssuer => TlsError::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsError::WrongName(error.to_string())
        }
        error => TlsError::BadCertificate(error.to_string()),
    }
}

/// Returns a length of time in the largest unit of which it has two.
pub(in crate::transport) fn duration(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let fitting = UNITS.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    let (unit, name) = fitting.unwrap_or((1, "seconds"));
    format!("{} {name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_has_a_readable_unit() {
        let all = [0, 119, 120, 7_199, 7_200, 172_799, 172_800, 864_000].map(duration);
        let readable = [
            "0 seconds",
            "119 seconds",
            "2 minutes",
            "119 minutes",
            "2 hours",
            "47 hours",
            "2 days",
            "10 days",
        ];
        assert_eq!(all, readable);
    }
}
