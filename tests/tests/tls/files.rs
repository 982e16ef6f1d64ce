//! Files of certificates and keys, and the mistakes with them.

use connector::transport::{ServerPem, TlsConfigError};
use connector_tests::certificates::{Authority, Valid};

use super::*;

fn load(certificates: &Path, key: &Path) -> TlsConfigError {
    ServerPem::new(certificates, key).load().map(drop).unwrap_err()
}

#[test]
fn each_mistake_names_the_file_and_the_way_out() {
    let authority = Authority::new();
    let local = authority.local();
    let other = authority.issue("other", &["other"], Valid::Now);
    let missing = authority.folder().join("missing.pem");
    let empty = authority.write("empty.pem", "");
    let text = authority.write("text.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    let junk = authority
        .write("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let junk_key = authority
        .write("junk.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let cut_key = authority.write("cut.key", "-----BEGIN PRIVATE KEY-----\nMIIB\n");
    let start = authority.write("start.pem", "-----BEGIN CERTIFICATE--\nAAAA\n");
    let letters = authority
        .write("letters.pem", "-----BEGIN CERTIFICATE-----\n!?\n-----END CERTIFICATE-----\n");
    let encrypted = authority.write(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let (certificate, key) = (&local.certificate, &local.key);
    for (certificates, key, file, said) in [
        (&missing, key, &missing, "it cannot be read: No such file"),
        (certificate, &missing, &missing, "it cannot be read: No such file"),
        (&empty, key, &empty, "there is no certificate in it: write the certificates in PEM"),
        (key, key, key, "no certificate in it, but a private key: are the two files swapped?"),
        (&text, key, &text, "not a PEM file: the line `-----END CERTIFICATE-----` is missing"),
        (certificate, &cut_key, &cut_key, "the line `-----END PRIVATE KEY-----` is missing"),
        (&start, key, &start, "the line `-----BEGIN CERTIFICATE--` does not end with five hyphens"),
        (&letters, key, &letters, "there is no base64 between its BEGIN and END lines"),
        (&junk, key, &junk, "cannot be used: what its base64 says is not a certificate"),
        (certificate, &empty, &empty, "there is no private key in it: write it in PEM"),
        (certificate, certificate, certificate, "but a certificate: are the two files swapped?"),
        (
            certificate,
            &encrypted,
            &encrypted,
            "no private key in it that is not encrypted: decrypt",
        ),
        (certificate, &junk_key, &junk_key, "the private key cannot be used"),
        (certificate, &other.key, &other.key, "does not belong to the first certificate in"),
    ] {
        let error = load(certificates, key).to_string();
        assert!(error.contains(said) && error.contains(&*file.to_string_lossy()), "{error}");
    }
    assert!(matches!(load(certificate, &other.key), TlsConfigError::KeyMismatch { .. }));

    let roots = ServerPem::new(certificate, key).client_roots(&empty).load().map(drop);
    assert!(matches!(roots, Err(TlsConfigError::NoCertificate { .. })), "{roots:?}");
    let roots = ClientPem::new(&junk).load().map(drop).unwrap_err().to_string();
    assert!(roots.contains("is not a certificate (X.509 in DER)"), "{roots}");
    let roots = ClientPem::new(&missing).load().map(drop);
    assert!(matches!(roots, Err(TlsConfigError::Read { .. })), "{roots:?}");
}

#[test]
fn one_file_may_hold_both() {
    let authority = Authority::new();
    let local = authority.local();
    let read = |path| std::fs::read_to_string(path).unwrap();
    let both = [read(&local.key), read(&local.certificate), read(&authority.roots())].concat();
    let both = authority.write("both.pem", &both);
    assert!(ServerPem::new(&both, &both).load().is_ok());
}
