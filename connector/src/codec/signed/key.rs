//! Keys of signed messages.

use std::fmt;
use std::sync::Arc;

use connector_protocol::pomelo::handshake::Rsa;
use connector_protocol::text::hex;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_SHA256};

use super::body::from_hex;

/// The bits of a modulus. Pomelo's clients make keys of 1,024, which may have one less.
const BITS: std::ops::RangeInclusive<usize> = 1_017..=8_192;

/// The key with which a [`Client`](crate::Client) signs its messages, see
/// [`ClientBuilder::sign`](crate::client::ClientBuilder::sign): an RSA key of 2,048 to 4,096
/// bits. Clones share the key. `Debug` shows only the public half.
#[derive(Clone)]
pub struct SigningKey(Arc<KeyPair>);

/// The error of a key that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA key of 2,048 to 4,096 bits in PKCS #8, as DER: {0}")]
pub struct KeyError(String);

impl SigningKey {
    /// Reads a private key in PKCS #8, as DER: what `openssl genpkey -algorithm RSA -outform
    /// DER` writes.
    ///
    /// # Errors
    /// Returns [`KeyError`] for any other text or key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let key = KeyPair::from_pkcs8(der).map_err(|error| KeyError(error.to_string()))?;
        Ok(Self(Arc::new(key)))
    }

    /// Returns the public half, as a handshake has it.
    pub fn public(&self) -> Rsa {
        let key = PublicKeyComponents::<Vec<u8>>::from(self.0.public());
        Rsa { rsa_n: hex(&key.n), rsa_e: hex(&key.e) }
    }

    pub(super) fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        let signed = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature);
        signed.ok().map(|()| signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public()).finish()
    }
}

/// The public key of a client.
pub(crate) struct PublicKey(PublicKeyComponents<Vec<u8>>);

impl PublicKey {
    /// Reads the key of a handshake. Returns `None` if its numbers are none, or its modulus
    /// is too short or too long.
    pub(crate) fn read(key: &Rsa) -> Option<Self> {
        let number = |text: &str| {
            let bytes = from_hex(text)?;
            let start = bytes.iter().position(|byte| *byte != 0)?;
            Some(bytes[start..].to_vec())
        };
        let (n, e) = (number(&key.rsa_n)?, number(&key.rsa_e)?);
        let bits = n.len() * 8 - n[0].leading_zeros() as usize;
        BITS.contains(&bits).then_some(Self(PublicKeyComponents { n, e }))
    }

    pub(super) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        let legacy = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
        self.0.verify(legacy, text, signature).is_ok()
    }
}
