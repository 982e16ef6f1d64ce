//! Certificates, made for a test and written into a folder of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

/// Names of servers on this machine.
pub const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valid {
    /// For ages.
    Now,
    /// No longer.
    Expired,
    /// Not before ages.
    Later,
}

/// Somebody who issues certificates, and the folder where all of its files are. It is removed
/// with this.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

/// The PEM files of one side.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Authority {
    /// Makes an issuer and its folder.
    ///
    /// # Panics
    /// The folder cannot be written.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("connector-certificates-{process}-{next}"));
        std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{error}"));
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, format!("Test {process} {next}"));
        let issuer = CertifiedIssuer::self_signed(params, key());
        let issuer = issuer.unwrap_or_else(|error| panic!("{error}"));
        let authority = Self { issuer, folder };
        authority.write("roots.pem", &authority.issuer.pem());
        authority
    }

    /// The issuer's own certificate, which others trust.
    pub fn roots(&self) -> PathBuf {
        self.folder.join("roots.pem")
    }

    /// Writes a file into the folder.
    ///
    /// # Panics
    /// The folder cannot be written.
    pub fn write(&self, file: &str, content: &str) -> PathBuf {
        let path = self.folder.join(file);
        std::fs::write(&path, content).unwrap_or_else(|error| panic!("{error}"));
        path
    }

    /// Issues a certificate for servers of this machine.
    pub fn local(&self) -> Identity {
        self.issue("local", &LOCAL, Valid::Now)
    }

    /// Issues a certificate for these names, into files of this name.
    ///
    /// # Panics
    /// The names cannot be those of a certificate.
    pub fn issue(&self, file: &str, names: &[&str], valid: Valid) -> Identity {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let params = CertificateParams::new(names.clone());
        let mut params = params.unwrap_or_else(|error| panic!("{names:?}: {error}"));
        params.distinguished_name.push(DnType::CommonName, file);
        (params.not_before, params.not_after) = match valid {
            Valid::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2200, 1, 1)),
            Valid::Expired => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
            Valid::Later => (date_time_ymd(2190, 1, 1), date_time_ymd(2200, 1, 1)),
        };
        let key = key();
        let certificate = params.signed_by(&key, &self.issuer);
        let certificate = certificate.unwrap_or_else(|error| panic!("{error}"));
        Identity {
            certificate: self.write(&format!("{file}.pem"), &certificate.pem()),
            key: self.write(&format!("{file}.key"), &key.serialize_pem()),
        }
    }

    /// The folder of the files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        // Another program may still have one of them open.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap_or_else(|error| panic!("{error}"))
}
