//! Masking (RFC 6455 5.3): payload byte `i` is xored with key byte `i % 4`, which both masks
//! and unmasks.

use std::fmt;
use std::num::NonZeroU64;

use sha1::{Digest, Sha1};

/// Masks or unmasks a whole payload in place.
#[inline]
pub fn apply_mask(key: [u8; 4], bytes: &mut [u8]) {
    // The compiler turns this loop over eight bytes into SIMD. Both sides use the native
    // order, so the byte order of the machine does not matter.
    let wide = u64::from(u32::from_ne_bytes(key)) * 0x1_0000_0001;
    let (chunks, rest) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(wide.to_ne_bytes()) {
        *byte ^= key;
    }
}

/// A generator of mask keys that a peer cannot predict, from one secret seed.
///
/// RFC 6455 5.3 requires keys from a strong source of entropy, so that a server cannot choose
/// the bytes that its client puts on the wire (10.3). Each key is the front of
/// `SHA-1(seed, counter)`, which is as unpredictable as the seed. A caller that has a strong
/// generator may use that instead.
pub struct MaskKeys {
    seed: [u8; 16],
    /// The number of the next key. It is never zero, so that what has no keys takes no more
    /// memory than what has.
    next: NonZeroU64,
}

impl MaskKeys {
    /// Creates a generator. `seed` must come from a strong source of randomness and must not be
    /// used for another connection, since the same seed gives the same keys.
    #[must_use]
    pub const fn new(seed: [u8; 16]) -> Self {
        Self { seed, next: NonZeroU64::MIN }
    }

    /// Returns the next key.
    pub fn next_key(&mut self) -> [u8; 4] {
        let mut hash = Sha1::new();
        hash.update(self.seed);
        hash.update((self.next.get() - 1).to_be_bytes());
        self.next = self.next.saturating_add(1);
        let digest: [u8; 20] = hash.finalize().into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }
}

impl fmt::Debug for MaskKeys {
    /// Leaves the seed out, since it reveals every key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskKeys").finish_non_exhaustive()
    }
}
