//! The ways in which TLS fails, whichever library does it.

/// The reason for which TLS did not come about, or broke off.
///
/// It is the error of an [`io::Error`](std::io::Error) that becomes a
/// [`CloseReason::Tls`](crate::CloseReason::Tls), see
/// [`CloseReason::lost`](crate::CloseReason::lost).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The peer ended TLS with an alert: mostly it did not accept this side's certificate, or
    /// requires one.
    #[error("the peer ended TLS with the alert {0}")]
    Alert(String),
    /// The peer's certificate is not valid for another reason.
    #[error("the peer's certificate is not valid: {0}")]
    BadCertificate(String),
    /// The peer ended the connection within the handshake.
    #[error(
        "the peer closed the connection within the TLS handshake: see its log, and whether it \
         speaks TLS at all"
    )]
    Closed,
    /// The peer's certificate has expired.
    #[error("the peer's certificate has expired{0}")]
    Expired(String),
    /// The peer sent no certificate, which this side requires.
    #[error("the peer sent no certificate, which this side requires")]
    NoCertificate,
    /// The peer broke the TLS protocol, or what it sent was damaged on the way.
    #[error("TLS failed: {0}")]
    Failed(String),
    /// The two sides have no version, cipher suite or protocol in common.
    #[error("the two sides of TLS have nothing in common: {0}")]
    Incompatible(String),
    /// The peer's certificate is not valid yet: see the clocks of both sides.
    #[error("the peer's certificate is not valid yet{0}")]
    NotYetValid(String),
    /// The peer does not speak TLS, and this side requires it.
    #[error(
        "the peer does not speak TLS, which this side requires: write `tls://` or `wss://` \
         there, or accept plain clients with `Tls::or_plain`"
    )]
    Plain,
    /// The peer speaks TLS, and this side does not.
    #[error(
        "the peer speaks TLS, and this side does not: write `tls://` or `wss://`, or add \
         `transport::Tls` to the port"
    )]
    Unexpected,
    /// The peer's certificate was not issued by anybody whom this side trusts.
    #[error(
        "the issuer of the peer's certificate is unknown: add it to the trusted roots, and the \
         intermediate certificates to the peer's own"
    )]
    UnknownIssuer,
    /// The peer's certificate is for other names.
    #[error("the peer's certificate is for another name: {0}")]
    WrongName(String),
}

impl TlsError {
    /// Returns whether it may pass by itself, as a connection that broke off or was damaged
    /// does. What does not pass is a certificate or a setting, which somebody has to change.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Alert(alert) => PASSING_ALERTS.contains(&&**alert),
            Self::Closed | Self::Failed(_) => true,
            Self::BadCertificate(_)
            | Self::Expired(_)
            | Self::Incompatible(_)
            | Self::NoCertificate
            | Self::NotYetValid(_)
            | Self::Plain
            | Self::Unexpected
            | Self::UnknownIssuer
            | Self::WrongName(_) => false,
        }
    }
}

/// The alerts that are not about certificates and settings, by rustls' names: the peer's own
/// trouble, and bytes that were damaged.
const PASSING_ALERTS: [&str; 8] = [
    "BadRecordMac",
    "CloseNotify",
    "DecodeError",
    "DecryptionFailed",
    "InternalError",
    "RecordOverflow",
    "UnexpectedMessage",
    "UserCanceled",
];

/// The first byte of a TLS connection: the type of a record with a part of a handshake.
pub const HANDSHAKE: u8 = 22;
/// The type of a TLS record with an alert.
const ALERT: u8 = 21;

/// Returns whether bytes are the beginning of a TLS side's first record: a handshake, or the
/// alert of a server that has received something else.
#[must_use]
pub fn is_record(bytes: &[u8]) -> bool {
    // Every version since SSL 3.0 begins with a 3.
    matches!(bytes, [HANDSHAKE | ALERT, 3, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_told_from_packages_and_http() {
        assert!(is_record(b"\x16\x03\x01\x02\0") && is_record(b"\x15\x03\x03\0\x02\x02\x46"));
        for other in [&b"\x01\0\0\x02{}"[..], b"GET / HTTP/1.1", b"\x16", b"\x17\x03\x03", b""] {
            assert!(!is_record(other), "{}", other.escape_ascii());
        }
    }
}
