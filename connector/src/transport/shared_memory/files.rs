//! The files that memory has: a directory beside the socket, and segments in `/dev/shm`.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use connector_protocol::text::hex;

use crate::transport::websocket::random;

/// The directory in which Linux keeps segments, all users' in one.
const SEGMENTS: &str = "/dev/shm";
/// The ending of a directory's name.
const ENDING: &str = ".shm";
/// The hexadecimal digits before the ending.
const DIGITS: usize = 16;
/// The longest path of a directory, in bytes, such that the paths of its files fit into the 255
/// bytes that iceoryx2 has for one.
const LONGEST: usize = 130;

/// The place of the files of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) directory: PathBuf,
    digits: String,
}

impl Place {
    /// Makes a directory beside the socket, which this user alone may enter.
    pub(super) fn make(socket: &Path) -> io::Result<Self> {
        let socket = std::path::absolute(socket)?;
        let digits = hex(&random::bytes::<{ DIGITS / 2 }>());
        let mut name = socket.into_os_string();
        name.push(format!(".{digits}{ENDING}"));
        let directory = PathBuf::from(name);
        if directory.as_os_str().len() > LONGEST {
            let text = format!("{} is longer than {LONGEST} bytes", directory.display());
            return Err(io::Error::new(io::ErrorKind::InvalidFilename, text));
        }
        DirBuilder::new().mode(0o700).create(&directory)?;
        Ok(Self { directory, digits })
    }

    /// Returns the place that a server has told of.
    ///
    /// # Errors
    /// Returns [`io::ErrorKind::InvalidInput`] unless it is a directory that this user, and
    /// nobody else, may enter.
    pub(super) fn of_peer(directory: &Path) -> io::Result<Self> {
        let wrong = |what: &str| {
            let text = format!("{} {what}", directory.display());
            io::Error::new(io::ErrorKind::InvalidInput, text)
        };
        let name = directory.file_name().map(|name| name.as_bytes()).unwrap_or_default();
        let digits = digits_of(name).filter(|_| directory.is_absolute());
        let digits = digits.ok_or_else(|| wrong("is not the name of a directory of memory"))?;
        if directory.as_os_str().len() > LONGEST {
            return Err(wrong("is too long"));
        }
        if !is_private(directory)? {
            return Err(wrong("is not a directory of this user alone"));
        }
        Ok(Self { directory: directory.to_path_buf(), digits })
    }

    /// Returns the other places beside the same socket that this user has made.
    pub(super) fn others(&self) -> Vec<Self> {
        let others = || {
            let name = self.directory.file_name()?.as_bytes();
            let socket = &name[..name.len() - ENDING.len() - DIGITS];
            let found = fs::read_dir(self.directory.parent()?).ok()?;
            let found = found.flatten().filter(|file| {
                let name = file.file_name();
                name.as_bytes().strip_prefix(socket).is_some_and(|rest| {
                    rest.len() == DIGITS + ENDING.len() && digits_of(rest).is_some()
                })
            });
            Some(found.filter_map(|file| Self::of_peer(&file.path()).ok()).collect::<Vec<_>>())
        };
        let mut others = others().unwrap_or_default();
        others.retain(|other| other != self);
        others
    }

    /// Returns what the names of its files begin with.
    pub(super) fn prefix(&self) -> String {
        format!("cn{}_", self.digits)
    }

    /// Takes the rights of other users away from the one segment for which iceoryx2 grants them:
    /// the counter of nodes.
    pub(super) fn narrow(&self) {
        for segment in self.segments() {
            if let Ok(file) = segment.symlink_metadata()
                && file.mode() & 0o077 != 0
            {
                let _ = fs::set_permissions(&segment, Permissions::from_mode(0o600));
            }
        }
    }

    /// Allocates the memory of a segment, which is the system's only once it is written to:
    /// where there is too little, writing to it would end this process.
    ///
    /// # Errors
    /// Returns [`io::ErrorKind::StorageFull`] if there is too little.
    pub(super) fn reserve(&self, id: u128) -> io::Result<()> {
        let ending = format!("_{id}.data");
        let is_it = |path: &PathBuf| path.as_os_str().as_bytes().ends_with(ending.as_bytes());
        let segment = self.segments().into_iter().find(is_it).ok_or(io::ErrorKind::NotFound)?;
        let file = File::options().read(true).write(true).open(segment)?;
        let len = file.metadata()?.len();
        Ok(rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, len)?)
    }

    /// Removes all its files. Nobody may use them any more.
    pub(super) fn remove(&self) {
        for segment in self.segments() {
            let _ = fs::remove_file(segment);
        }
        let _ = fs::remove_dir_all(&self.directory);
    }

    fn segments(&self) -> Vec<PathBuf> {
        let prefix = self.prefix();
        let found = fs::read_dir(SEGMENTS).into_iter().flatten().flatten();
        let ours = found.filter(|file| file.file_name().as_bytes().starts_with(prefix.as_bytes()));
        ours.map(|file| file.path()).collect()
    }
}

/// Returns the digits of a directory's name.
fn digits_of(name: &[u8]) -> Option<String> {
    let rest = name.strip_suffix(ENDING.as_bytes())?;
    let digits = rest.get(rest.len().checked_sub(DIGITS)?..)?;
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let digits = digits.iter().all(is_digit).then_some(digits)?;
    std::str::from_utf8(digits).ok().map(str::to_owned)
}

/// Returns `true` if it is a directory, and no link to one, that belongs to this user, and that
/// nobody else may enter.
fn is_private(directory: &Path) -> io::Result<bool> {
    let found = directory.symlink_metadata()?;
    Ok(found.is_dir() && found.uid() == user() && found.mode() & 0o077 == 0)
}

/// Returns the user as which this process makes files.
pub(super) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}
