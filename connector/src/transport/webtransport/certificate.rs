//! Certificates that pages trust by their hashes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use connector_protocol::text::hex;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use wtransport::Identity;
use wtransport::tls::Sha256Digest;

use crate::transport::{Tls, TlsConfigError};

/// A certificate that is made when the program starts, without an issuer, for 14 days from then
/// on. Clients trust it by its [hash](Self::hash): pages by the `serverCertificateHashes` of a
/// `WebTransport`, programs by
/// [`WebTransportDialer::certificate_hashes`](super::WebTransportDialer::certificate_hashes).
/// Longer than that browsers trust none in this way.
///
/// Its key is of ECDSA, on the curve P-256. A program that runs for longer makes another one, and
/// replaces it by [`TlsHandle::set`](crate::transport::TlsHandle::set) with [`Self::config`].
///
/// ```
/// use connector::WebTransportConnector;
/// use connector::prelude::*;
/// use connector::transport::{SelfSigned, WebTransport};
///
/// # fn main() -> Result<(), connector::transport::TlsConfigError> {
/// let certificate = SelfSigned::new(["localhost", "127.0.0.1"])?;
/// println!("serverCertificateHashes: {}", certificate.hash());
/// let port = WebTransport::new("0.0.0.0:3011", certificate.tls());
/// let server = Server::builder().connector(WebTransportConnector::bind(port));
/// # drop(server);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SelfSigned {
    config: Arc<ServerConfig>,
    hash: CertificateHash,
}

impl SelfSigned {
    /// Makes a certificate for these names and addresses, from now on.
    ///
    /// # Errors
    /// Returns [`TlsConfigError::Settings`] for a name that a certificate cannot have.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, TlsConfigError> {
        let settings = |error: &dyn fmt::Display| TlsConfigError::Settings(error.to_string());
        let identity = Identity::self_signed(names).map_err(|error| settings(&error))?;
        let certificates = identity.certificate_chain().as_slice();
        let Some(certificate) = certificates.first() else {
            return Err(TlsConfigError::Settings("there is no certificate".to_owned()));
        };
        let hash = CertificateHash(*certificate.hash().as_ref());
        let chain = certificates.iter().map(|one| one.der().to_vec().into()).collect();
        let key = PrivatePkcs8KeyDer::from(identity.private_key().secret_der().to_vec());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                let key = PrivateKeyDer::from(key);
                builder.with_no_client_auth().with_single_cert(chain, key)
            });
        Ok(Self { config: Arc::new(config.map_err(|error| settings(&error))?), hash })
    }

    /// Returns the hash by which clients know it.
    pub fn hash(&self) -> CertificateHash {
        self.hash
    }

    /// Returns the TLS of a port with it.
    pub fn tls(&self) -> Tls {
        Tls::new(self.config.clone())
    }

    /// Returns the configuration of TLS with it.
    pub fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }
}

impl fmt::Debug for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelfSigned").field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// The SHA-256 hash of a certificate in DER, as 64 hexadecimal digits. A page trusts it by:
///
/// ```js
/// const value = Uint8Array.from(hash.match(/../g), (byte) => parseInt(byte, 16));
/// new WebTransport(url, { serverCertificateHashes: [{ algorithm: "sha-256", value }] });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CertificateHash([u8; 32]);

impl CertificateHash {
    /// Creates the hash of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn digest(self) -> Sha256Digest {
        Sha256Digest::new(self.0)
    }
}

impl fmt::Display for CertificateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for CertificateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateHash({self})")
    }
}

/// The error of a text that is not a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hash of a certificate has 64 hexadecimal digits")]
pub struct CertificateHashError;

impl FromStr for CertificateHash {
    type Err = CertificateHashError;

    /// Reads hexadecimal digits, also with colons between the bytes, as other programs print them.
    fn from_str(text: &str) -> Result<Self, CertificateHashError> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(CertificateHashError);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16).ok_or(CertificateHashError);
            *byte = u8::try_from(digit(0)? << 4 | digit(1)?).map_err(|_| CertificateHashError)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_as_it_is_printed() {
        let hash = CertificateHash::new(std::array::from_fn(|n| u8::try_from(8 * n).unwrap()));
        let text = hash.to_string();
        assert!(text.starts_with("0008101820"), "{text}");
        assert_eq!(text.parse(), Ok(hash));
        let bytes: Vec<_> =
            text.as_bytes().chunks(2).map(|two| str::from_utf8(two).unwrap()).collect();
        assert_eq!(bytes.join(":").to_uppercase().parse(), Ok(hash));
        for wrong in ["", &text[1..], &text.replacen('0', "g", 1), "é"] {
            assert_eq!(wrong.parse::<CertificateHash>(), Err(CertificateHashError), "{wrong}");
        }
    }

    #[test]
    fn each_certificate_has_a_hash_of_its_own() {
        let [one, other] = [(); 2].map(|()| SelfSigned::new(["localhost", "127.0.0.1"]).unwrap());
        assert_ne!(one.hash(), other.hash());
        assert!(matches!(SelfSigned::new(["\u{2764}"]), Err(TlsConfigError::Settings(_))));
    }
}
