//! The failures of quinn in our words.

use std::io;

use connector_protocol::{CloseReason, TlsError};
use quinn::{ConnectionError, VarInt};
use tokio_rustls::rustls::AlertDescription;

use super::close;
use crate::transport::tls::duration;

/// The codes of errors that are alerts of TLS: 0x100 and the alert.
const ALERTS: std::ops::Range<u64> = 0x100..0x200;
/// The code of a server that accepts nobody.
const REFUSED: u64 = 0x2;

/// Returns the reason of a handshake that failed.
pub(in crate::transport) fn of_handshake(error: &ConnectionError) -> CloseReason {
    match error {
        ConnectionError::TransportError(error) => match alert(error.code.into()) {
            Some(alert) => tls_error(meaning(alert, &error.reason)),
            None => lost(io::ErrorKind::InvalidData, error),
        },
        ConnectionError::ConnectionClosed(closed) if u64::from(closed.error_code) == REFUSED => {
            lost(io::ErrorKind::ConnectionRefused, "the server accepts no connections")
        }
        ConnectionError::VersionMismatch => {
            tls_error(TlsError::Incompatible("no version of QUIC".to_owned()))
        }
        ConnectionError::TimedOut => {
            lost(io::ErrorKind::TimedOut, "nobody answers at the address, or not by QUIC")
        }
        error => of_open(error).err().unwrap_or(CloseReason::PeerClosed),
    }
}

/// Returns the end of a connection that was open: a regular one, or its reason.
pub(in crate::transport) fn of_open(error: &ConnectionError) -> Result<(), CloseReason> {
    Err(match error {
        ConnectionError::ApplicationClosed(closed) => match close::to_reason(closed) {
            Some(reason) => reason,
            None => return Ok(()),
        },
        ConnectionError::TimedOut => {
            lost(io::ErrorKind::TimedOut, "the peer has answered nothing for too long")
        }
        ConnectionError::Reset => {
            lost(io::ErrorKind::ConnectionReset, "the peer has forgotten the connection")
        }
        // A client's certificate is refused when its own part of the handshake is done.
        ConnectionError::ConnectionClosed(closed) => match alert(closed.error_code.into()) {
            Some(alert) => tls_error(TlsError::Alert(format!("{alert:?}"))),
            None => {
                lost(io::ErrorKind::ConnectionReset, format_args!("the peer gave up: {closed}"))
            }
        },
        ConnectionError::TransportError(error) => {
            CloseReason::malformed(format_args!("QUIC: {error}"))
        }
        error => lost(io::ErrorKind::ConnectionAborted, error),
    })
}

/// Returns the reason of a stream that the peer has reset.
pub(in crate::transport) fn reset(code: VarInt) -> CloseReason {
    lost(io::ErrorKind::ConnectionReset, format_args!("the peer reset the stream with code {code}"))
}

/// Returns the alert of TLS that a code stands for.
pub(in crate::transport) fn alert(code: u64) -> Option<AlertDescription> {
    let alert = ALERTS.contains(&code).then_some(code & 0xff)?;
    u8::try_from(alert).ok().map(AlertDescription::from)
}

/// Returns what this side did not accept. Of rustls' error quinn has the alert and the text.
pub(in crate::transport) fn meaning(alert: AlertDescription, text: &str) -> TlsError {
    let text = text.strip_prefix("invalid peer certificate: ").unwrap_or(text);
    let told = || text.to_owned();
    match alert {
        AlertDescription::CertificateExpired if text.contains("not valid yet") => {
            TlsError::NotYetValid(
                ago(text).map_or_else(String::new, |ago| format!(", but in {ago}")),
            )
        }
        AlertDescription::CertificateExpired => {
            TlsError::Expired(ago(text).map_or_else(String::new, |ago| format!(", {ago} ago")))
        }
        AlertDescription::UnknownCA if text == "UnknownIssuer" => TlsError::UnknownIssuer,
        AlertDescription::BadCertificate if text.contains("not valid for name") => {
            TlsError::WrongName(told())
        }
        AlertDescription::CertificateRequired => TlsError::NoCertificate,
        AlertDescription::BadCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::UnsupportedCertificate => TlsError::BadCertificate(told()),
        AlertDescription::HandshakeFailure
        | AlertDescription::NoApplicationProtocol
        | AlertDescription::ProtocolVersion => TlsError::Incompatible(told()),
        _ => TlsError::Failed(told()),
    }
}

/// Returns the length of time in a text such as `.. (90 seconds ago)`.
fn ago(text: &str) -> Option<String> {
    let (before, _) = text.split_once(" seconds")?;
    let seconds = before.rsplit('(').next()?.parse().ok()?;
    Some(duration(seconds))
}

pub(in crate::transport) fn tls_error(error: TlsError) -> CloseReason {
    CloseReason::Tls(Box::new(error))
}

pub(in crate::transport) fn lost(kind: io::ErrorKind, message: impl ToString) -> CloseReason {
    CloseReason::Lost { kind, message: message.to_string() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};
    use tokio_rustls::rustls::{CertificateError, Error};

    use super::*;

    /// What is left of an error of rustls behind quinn.
    fn read(error: CertificateError) -> TlsError {
        let text = Error::InvalidCertificate(error.clone()).to_string();
        meaning(error.into(), &text)
    }

    #[test]
    fn the_errors_of_certificates_are_found_in_their_texts() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let (time, day) = (at(1_000_000), 86_400);
        let expired = CertificateError::ExpiredContext { time, not_after: at(1_000_000 - 3 * day) };
        assert_eq!(read(expired), TlsError::Expired(", 3 days ago".into()));
        let later = CertificateError::NotValidYetContext { time, not_before: at(1_007_200) };
        assert_eq!(read(later), TlsError::NotYetValid(", but in 2 hours".into()));
        assert_eq!(read(CertificateError::Expired), TlsError::Expired(String::new()));
        assert_eq!(read(CertificateError::UnknownIssuer), TlsError::UnknownIssuer);
        let expected = ServerName::try_from("game.example").unwrap();
        let presented = vec!["other.example".to_owned()];
        let name = CertificateError::NotValidForNameContext { expected, presented };
        assert_eq!(read(name.clone()), TlsError::WrongName(name.to_string()));
        let other = Arc::new(io::Error::other("no"));
        let other = CertificateError::Other(tokio_rustls::rustls::OtherError(other));
        assert!(matches!(read(other), TlsError::BadCertificate(_)));
        assert!(matches!(read(CertificateError::BadSignature), TlsError::Failed(_)));
        let none = meaning(AlertDescription::CertificateRequired, "peer sent no certificates");
        assert_eq!(none, TlsError::NoCertificate);
    }

    #[test]
    fn only_the_codes_of_alerts_are_alerts() {
        assert_eq!(alert(0x178), Some(AlertDescription::NoApplicationProtocol));
        assert_eq!((alert(0xff), alert(0x200), alert(REFUSED)), (None, None, None));
    }
}
