//! The key of an upgrade.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Whether `key` is 16 bytes in base64.
pub(super) fn is_key(key: &str) -> bool {
    // 24 characters are all that 16 bytes can be; the decoder checks the rest.
    key.len() == 24 && STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16)
}
