//! The types in which libraries carry messages.

use bytes::Bytes;

use crate::MaybeSend;

/// A library's type for a message: bytes, text, JSON, or one of its own.
pub trait Buffer: Sized + MaybeSend + 'static {
    /// Converts a package to this type.
    ///
    /// # Errors
    /// Returns a description of the problem if these bytes cannot be converted, such
    /// as bytes that are not UTF-8.
    fn from_package(package: &[u8]) -> Result<Self, String>;

    /// Returns the package that it holds.
    fn into_package(self) -> Bytes;
}

impl Buffer for Bytes {
    fn from_package(package: &[u8]) -> Result<Self, String> {
        Ok(Self::copy_from_slice(package))
    }

    fn into_package(self) -> Bytes {
        self
    }
}

impl Buffer for Vec<u8> {
    fn from_package(package: &[u8]) -> Result<Self, String> {
        Ok(package.to_vec())
    }

    fn into_package(self) -> Bytes {
        self.into()
    }
}

impl Buffer for String {
    fn from_package(package: &[u8]) -> Result<Self, String> {
        std::str::from_utf8(package).map(Self::from).map_err(|error| error.to_string())
    }

    fn into_package(self) -> Bytes {
        self.into()
    }
}

impl Buffer for serde_json::Value {
    fn from_package(package: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(package).map_err(|error| error.to_string())
    }

    fn into_package(self) -> Bytes {
        self.to_string().into()
    }
}
