//! Bodies as bytes.

use std::ops::Deref;

use bytes::Bytes;

/// A body as bytes, in any format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw(pub Bytes);

impl Raw {
    /// Creates a body from a copy of some bytes. `Raw(bytes)` does not copy.
    pub fn copy_from(bytes: impl AsRef<[u8]>) -> Self {
        Self(Bytes::copy_from_slice(bytes.as_ref()))
    }
}

impl Deref for Raw {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
