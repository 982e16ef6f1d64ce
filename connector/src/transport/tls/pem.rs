//! Configurations from PEM files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use connector_protocol::text;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, Error, InconsistentKeys, RootCertStore, ServerConfig,
    SupportedProtocolVersion,
};

use super::TlsConfigError;

/// The versions of TLS that are spoken.
pub(super) const VERSIONS: &[&SupportedProtocolVersion] = tokio_rustls::rustls::DEFAULT_VERSIONS;

/// The PEM files of a server: its certificates, its private key, and optionally the
/// certificates of those who issue its clients' certificates.
///
/// ```no_run
/// use connector::transport::{ServerPem, Tls};
///
/// # fn main() -> Result<(), connector::transport::TlsConfigError> {
/// let pem = ServerPem::new("fullchain.pem", "privkey.pem").client_roots("employees.pem");
/// let tls = Tls::from_pem(pem)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerPem {
    identity: Identity,
    client_roots: Option<PathBuf>,
    /// Clients without a certificate are accepted too.
    optional: bool,
}

/// The PEM files of a client: the certificates of the issuers that it trusts, and optionally
/// a certificate of its own.
///
/// ```no_run
/// use connector::prelude::*;
/// use connector::transport::ClientPem;
///
/// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
/// let tls = ClientPem::new("company-ca.pem").load()?;
/// let client = Client::builder().tls(tls).connect("wss://game.example.com").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientPem {
    roots: PathBuf,
    identity: Option<Identity>,
}

/// The certificates and the private key of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    certificates: PathBuf,
    key: PathBuf,
}

impl ServerPem {
    /// Names the file of the server's certificate, followed by those of its issuers, and the
    /// file of its private key. One file may hold both.
    pub fn new(certificates: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        let identity = Identity { certificates: certificates.into(), key: key.into() };
        Self { identity, client_roots: None, optional: false }
    }

    /// Requires a certificate of each client, issued by one of those in this file. Default:
    /// clients are not asked for certificates.
    #[must_use]
    pub fn client_roots(mut self, roots: impl Into<PathBuf>) -> Self {
        self.client_roots = Some(roots.into());
        self
    }

    /// Accepts clients without a certificate too. One with a certificate that is not valid is
    /// still refused.
    #[must_use]
    pub fn optional_client_certificates(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Reads the files. The cryptography is that of the process's default
    /// `CryptoProvider`, otherwise ring with the feature `tls-ring`.
    ///
    /// # Errors
    /// Returns [`TlsConfigError`], which names the file, if one cannot be read or used.
    pub fn load(&self) -> Result<Arc<ServerConfig>, TlsConfigError> {
        let provider = provider()?;
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_protocol_versions(VERSIONS).map_err(settings)?;
        let builder = match &self.client_roots {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let roots = Arc::new(read_roots(path)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone());
                let verifier = match self.optional {
                    true => verifier.allow_unauthenticated(),
                    false => verifier,
                };
                builder.with_client_cert_verifier(verifier.build().map_err(settings)?)
            }
        };
        let (certificates, key) = self.identity.read(&provider)?;
        Ok(Arc::new(builder.with_single_cert(certificates, key).map_err(settings)?))
    }
}

impl ClientPem {
    /// Names the file of the issuers' certificates. No others are trusted.
    pub fn new(roots: impl Into<PathBuf>) -> Self {
        Self { roots: roots.into(), identity: None }
    }

    /// Names the files of the client's own certificate, for servers that ask for one, and of
    /// its private key.
    #[must_use]
    pub fn certificate(
        mut self,
        certificates: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.identity = Some(Identity { certificates: certificates.into(), key: key.into() });
        self
    }

    /// Reads the files. The cryptography is chosen as by [`ServerPem::load`].
    ///
    /// # Errors
    /// Returns [`TlsConfigError`], which names the file, if one cannot be read or used.
    pub fn load(&self) -> Result<Arc<ClientConfig>, TlsConfigError> {
        let provider = provider()?;
        let roots = Arc::new(read_roots(&self.roots)?);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
        let builder = ClientConfig::builder_with_provider(provider.clone());
        let builder = builder
            .with_protocol_versions(VERSIONS)
            .map_err(settings)?
            .with_webpki_verifier(verifier.build().map_err(settings)?);
        Ok(Arc::new(match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let (certificates, key) = identity.read(&provider)?;
                builder.with_client_auth_cert(certificates, key).map_err(settings)?
            }
        }))
    }
}

impl Identity {
    /// Reads the files, and checks that they belong together.
    fn read(
        &self,
        provider: &CryptoProvider,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsConfigError> {
        let certificates = read_certificates(&self.certificates)?;
        let key = read_key(&self.key)?;
        let paired = CertifiedKey::from_der(certificates.clone(), key.clone_key(), provider);
        match paired {
            Ok(_) => Ok((certificates, key)),
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(TlsConfigError::KeyMismatch {
                    certificates: self.certificates.clone(),
                    key: self.key.clone(),
                })
            }
            Err(error @ Error::InvalidCertificate(_)) => Err(TlsConfigError::Certificate {
                path: self.certificates.clone(),
                problem: unusable(&error),
            }),
            Err(error) => {
                Err(TlsConfigError::Key { path: self.key.clone(), problem: error.to_string() })
            }
        }
    }
}

/// Returns the cryptography to use: the process's default, otherwise that of our features.
pub(super) fn provider() -> Result<Arc<CryptoProvider>, TlsConfigError> {
    if let Some(provider) = CryptoProvider::get_default() {
        return Ok(provider.clone());
    }
    #[cfg(feature = "tls-ring")]
    return Ok(Arc::new(tokio_rustls::rustls::crypto::ring::default_provider()));
    #[cfg(not(feature = "tls-ring"))]
    Err(TlsConfigError::NoProvider)
}

/// The error of settings that do not fit together.
pub(super) fn settings(error: impl ToString) -> TlsConfigError {
    TlsConfigError::Settings(error.to_string())
}

fn read_roots(path: &Path) -> Result<RootCertStore, TlsConfigError> {
    let mut roots = RootCertStore::empty();
    for certificate in read_certificates(path)? {
        roots.add(certificate).map_err(|error| TlsConfigError::Certificate {
            path: path.to_owned(),
            problem: unusable(&error),
        })?;
    }
    Ok(roots)
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsConfigError> {
    let pem = read(path)?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| malformed(path, &error))?;
    if certificates.is_empty() {
        let hint = match PrivateKeyDer::from_pem_slice(&pem) {
            Ok(_) => ", but a private key: are the two files swapped?",
            Err(_) => ": write the certificates in PEM, `-----BEGIN CERTIFICATE-----`",
        };
        return Err(TlsConfigError::NoCertificate { path: path.to_owned(), hint });
    }
    Ok(certificates)
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsConfigError> {
    let pem = read(path)?;
    match PrivateKeyDer::from_pem_slice(&pem) {
        Ok(key) => Ok(key),
        Err(PemError::NoItemsFound) => {
            let hint = if contains(&pem, b"BEGIN ENCRYPTED PRIVATE KEY") {
                " that is not encrypted: decrypt it, as `openssl pkey -in FILE -out FILE` does"
            } else if contains(&pem, b"BEGIN CERTIFICATE") {
                ", but a certificate: are the two files swapped?"
            } else {
                ": write it in PEM, `-----BEGIN PRIVATE KEY-----`"
            };
            Err(TlsConfigError::NoKey { path: path.to_owned(), hint })
        }
        Err(error) => Err(malformed(path, &error)),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsConfigError> {
    let read = std::fs::read(path);
    read.map_err(|source| TlsConfigError::Read { path: path.to_owned(), source })
}

fn malformed(path: &Path, error: &PemError) -> TlsConfigError {
    let problem = match error {
        PemError::MissingSectionEnd { end_marker } => {
            format!("the line `-----END {}-----` is missing: was it cut off?", line(end_marker))
        }
        PemError::IllegalSectionStart { line: start } => {
            format!("the line `{}` does not end with five hyphens", line(start))
        }
        PemError::Base64Decode(_) => "there is no base64 between its BEGIN and END lines".into(),
        error => error.to_string(),
    };
    TlsConfigError::Pem { path: path.to_owned(), problem }
}

/// Returns the beginning of a line of a file, for people.
fn line(bytes: &[u8]) -> String {
    const SHOWN: usize = 80;
    let shown = text::decode(&bytes[..bytes.len().min(SHOWN)]);
    text::escaped(shown).to_string()
}

/// Returns the problem with a certificate, for people.
fn unusable(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(CertificateError::BadEncoding) => {
            "what its base64 says is not a certificate (X.509 in DER)".into()
        }
        Error::InvalidCertificate(problem) => problem.to_string(),
        error => error.to_string(),
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
