//! The first bytes on the socket, of both sides.
//!
//! | bytes | |
//! |---|---|
//! | 0 to 3 | `CSHM` |
//! | 4 | the version, 1 |
//! | 5 | 0, or 1 from a server that does not serve the peer's user |
//! | 6 and 7 | the length of the rest, big-endian |
//! | 8 on | from a server, the directory of the memory; none if all goes over the socket |

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use connector_protocol::CloseReason;

const MAGIC: [u8; 4] = *b"CSHM";
const VERSION: u8 = 1;
const HEAD: usize = 8;
/// The longest path of a directory.
const LONGEST: usize = 256;

/// A side's hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// Large messages go through memory in this directory, if there is one.
    Welcome(Option<PathBuf>),
    /// The peer's user is not served.
    OtherUser,
}

impl Hello {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (status, directory) = match self {
            Self::Welcome(directory) => (0, directory.as_deref()),
            Self::OtherUser => (1, None),
        };
        let directory = directory.map_or(&[][..], |path| path.as_os_str().as_bytes());
        let len = u16::try_from(directory.len()).unwrap_or(0);
        [&MAGIC[..], &[VERSION, status], &len.to_be_bytes(), directory].concat()
    }

    /// Returns the hello and its length once it has arrived.
    ///
    /// # Errors
    /// Returns [`CloseReason::Malformed`] at the first byte that is none of a hello's, and for
    /// another version.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, CloseReason> {
        let known = bytes.len().min(MAGIC.len());
        if bytes[..known] != MAGIC[..known] {
            return Err(CloseReason::malformed("shared memory: the peer does not say hello"));
        }
        if let Some(&version) = bytes.get(MAGIC.len()).filter(|&&version| version != VERSION) {
            return Err(CloseReason::malformed(format_args!(
                "shared memory: the peer speaks version {version}, and this side {VERSION}"
            )));
        }
        let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else { return Ok(None) };
        let len = usize::from(u16::from_be_bytes([head[6], head[7]]));
        if len > LONGEST {
            return Err(CloseReason::TooLarge { size: len, limit: LONGEST });
        }
        let Some(directory) = rest.get(..len) else { return Ok(None) };
        let hello = match head[5] {
            0 => Self::Welcome((len > 0).then(|| Path::new(OsStr::from_bytes(directory)).into())),
            _ => Self::OtherUser,
        };
        Ok(Some((hello, HEAD + len)))
    }
}

/// The reason of a peer that runs as another user.
pub(super) fn other_user(message: String) -> CloseReason {
    CloseReason::Lost { kind: io::ErrorKind::PermissionDenied, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_read_once_all_of_it_is_there() {
        let path = || Some(PathBuf::from("/run/a.sock.0123456789abcdef.shm"));
        for hello in [Hello::Welcome(path()), Hello::Welcome(None), Hello::OtherUser] {
            let mut bytes = hello.to_bytes();
            let len = bytes.len();
            for cut in 0..len {
                assert_eq!(Hello::read(&bytes[..cut]).unwrap(), None, "{cut}");
            }
            bytes.push(1);
            assert_eq!(Hello::read(&bytes).unwrap(), Some((hello, len)));
        }
    }

    #[test]
    fn what_is_not_a_hello_is_told_at_once() {
        for (bytes, text) in [
            (&b"G"[..], "does not say hello"),
            (b"CSHT", "does not say hello"),
            (b"CSHM\x02", "version 2"),
            (b"CSHM\x00", "version 0"),
        ] {
            let error = Hello::read(bytes).unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
        let error = Hello::read(b"CSHM\x01\x00\xff\xff").unwrap_err();
        assert_eq!(error, CloseReason::TooLarge { size: 0xffff, limit: LONGEST });
    }
}
