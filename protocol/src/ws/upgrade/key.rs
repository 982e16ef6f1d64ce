//! The key of an upgrade.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Returns whether `key` is 16 bytes in base64.
pub(super) fn is_key(key: &str) -> bool {
    // 16 bytes are always 24 characters. The decoder checks those.
    key.len() == 24 && STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16)
}
