//! Masking (RFC 6455 5.3): payload byte `i` is xored with key byte `i % 4`, which both puts
//! the mask on and takes it off.

use std::fmt;

use sha1::{Digest, Sha1};

/// Masks or unmasks a whole payload in place.
#[inline]
pub fn apply_mask(key: [u8; 4], bytes: &mut [u8]) {
    // Eight bytes at a time in a loop this plain becomes SIMD without any unsafe. Native
    // order on both sides, so that the byte order of the machine does not matter.
    let wide = u64::from(u32::from_ne_bytes(key)) * 0x1_0000_0001;
    let (chunks, rest) = bytes.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(wide.to_ne_bytes()) {
        *byte ^= key;
    }
}

/// An endless row of mask keys that a peer cannot foresee, drawn from one secret seed.
///
/// RFC 6455 5.3 wants keys from a strong source of entropy, so that a server cannot choose
/// the bytes that its client puts on the wire (10.3). Each key is the front of
/// `SHA-1(seed, counter)`: as unforeseeable as the seed, and no random number is drawn in
/// here. A caller with a strong generator of its own may use that instead.
pub struct MaskKeys {
    seed: [u8; 16],
    counter: u64,
}

impl MaskKeys {
    /// `seed` must come from a strong generator and must serve one connection only: the same
    /// seed gives the same keys.
    #[must_use]
    pub const fn new(seed: [u8; 16]) -> Self {
        Self { seed, counter: 0 }
    }

    /// The next key.
    pub fn next_key(&mut self) -> [u8; 4] {
        let mut hash = Sha1::new();
        hash.update(self.seed);
        hash.update(self.counter.to_be_bytes());
        self.counter += 1;
        let digest: [u8; 20] = hash.finalize().into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }
}

impl fmt::Debug for MaskKeys {
    /// Leaves the seed out: who knows it knows every key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskKeys").finish_non_exhaustive()
    }
}
