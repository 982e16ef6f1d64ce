//! The errors of certificates and keys that cannot be used.

use std::io;
use std::path::PathBuf;

/// The error of files or settings that TLS cannot be configured with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// A certificate cannot be used.
    #[error("{}: the certificate cannot be used: {problem}", path.display())]
    Certificate {
        /// The file with it.
        path: PathBuf,
        /// The problem with it.
        problem: String,
    },
    /// A private key cannot be used.
    #[error("{}: the private key cannot be used: {problem}", path.display())]
    Key {
        /// The file with it.
        path: PathBuf,
        /// The problem with it.
        problem: String,
    },
    /// The private key belongs to another certificate.
    #[error(
        "the key in {} does not belong to the first certificate in {}: the server's own \
         certificate has to come first, those of its issuers behind it",
        key.display(), certificates.display()
    )]
    KeyMismatch {
        /// The file with the certificates.
        certificates: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// A file has no certificate in it.
    #[error("{}: there is no certificate in it{hint}", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// A guess at the mistake, which may be empty.
        hint: &'static str,
    },
    /// The configuration has no files that could be read again.
    #[error("this TLS configuration was not made of files: replace it with `TlsHandle::set`")]
    NoFiles,
    /// A file has no private key in it.
    #[error("{}: there is no private key in it{hint}", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// A guess at the mistake, which may be empty.
        hint: &'static str,
    },
    /// There is no cryptography to do TLS with.
    #[error(
        "there is no cryptography for TLS: turn on the feature `tls-ring` of connector-kit, or \
         call `install_default` of a rustls `CryptoProvider` when the program starts"
    )]
    NoProvider,
    /// A client has no certificates to trust.
    #[error(
        "there are no certificates of issuers to trust: turn on the feature `tls-webpki-roots` \
         or `tls-native-roots` of connector-kit, or give `ClientBuilder::tls` a configuration"
    )]
    NoRoots,
    /// A file is not well-formed.
    #[error("{}: it is not a PEM file: {problem}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// The problem with it.
        problem: String,
    },
    /// A file cannot be read.
    #[error("{}: it cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The settings do not fit together.
    #[error("TLS cannot be configured: {0}")]
    Settings(String),
}
