//! The served directory, which no path leads out of.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::{Component, Path};

use cap_fs_ext::{DirExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};
use serde::Serialize;

use crate::error::{FileError, shown};

/// The most bytes of a file, and of the paths in a list. They fit a message of 16 MiB also if
/// each byte is escaped.
pub(crate) const LONGEST: usize = 2 << 20;
/// The most entries of a directory that is listed.
pub(crate) const MOST: usize = 10_000;
/// The most levels of a directory that is removed, each of which is open meanwhile.
pub(crate) const DEEPEST: usize = 100;

/// An entry of a directory, in the shape of Remix's `readdir`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) is_directory: bool,
}

/// The served directory. Paths begin at it, with or without a `/` in front, as in Remix.
///
/// The system keeps every path beneath it while it opens the file (cap-std, `openat2` on
/// Linux), so neither `..` nor a symbolic link leads out, also not one that is put there at
/// the last moment. Links within the directory are followed.
#[derive(Debug)]
pub(crate) struct Root {
    dir: Dir,
    is_writable: bool,
}

impl Root {
    pub(crate) fn open(path: &Path, is_writable: bool) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        Ok(Self { dir, is_writable })
    }

    pub(crate) fn dir(&self) -> &Dir {
        &self.dir
    }

    /// Returns the entries of a directory by their paths. Names that are not UTF-8 are left
    /// out, since no message can carry them.
    pub(crate) fn list(&self, path: &str) -> Result<BTreeMap<String, Entry>, FileError> {
        let path = relative(path);
        let failed = FileError::at(path);
        let entries = self.dir.open_dir(path).map_err(&failed)?.entries().map_err(&failed)?;
        let prefix = prefix(path);
        let mut list = BTreeMap::new();
        let mut bytes = 0;
        for (count, entry) in entries.enumerate() {
            let entry = entry.map_err(&failed)?;
            bytes += prefix.len() + entry.file_name().len();
            if count == MOST || bytes > LONGEST {
                return Err(FileError::TooMany(shown(path)));
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(&failed)?;
            let is_directory = kind.is_dir() || (kind.is_symlink() && self.dir.is_dir(&path));
            list.insert(path, Entry { is_directory });
        }
        Ok(list)
    }

    pub(crate) fn read(&self, path: &str) -> Result<String, FileError> {
        let path = relative(path);
        let file = self.file(path, OpenOptions::new().read(true))?;
        // A file may grow, and those of /proc tell no length.
        let mut bytes = Vec::new();
        file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(FileError::at(path))?;
        if bytes.len() > LONGEST {
            return Err(FileError::TooLong(shown(path)));
        }
        String::from_utf8(bytes).map_err(|_| FileError::NotText(shown(path)))
    }

    /// Writes a file in place, so that its links, owner and permissions stay. It is created
    /// if it does not exist, with the directories above it.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<(), FileError> {
        let path = relative(path);
        self.check_writable()?;
        if text.len() > LONGEST {
            return Err(FileError::TooLong(shown(path)));
        }
        self.made_entry(path)?;
        let mut file = self.file(path, OpenOptions::new().write(true).create(true))?;
        let written = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(FileError::at(path))
    }

    pub(crate) fn exists(&self, path: &str) -> Result<bool, FileError> {
        match self.metadata(relative(path)) {
            Ok(_) => Ok(true),
            Err(FileError::Missing(_) | FileError::NotDirectory(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn is_directory(&self, path: &str) -> Result<bool, FileError> {
        Ok(self.metadata(relative(path))?.is_dir())
    }

    /// Creates a directory, and those above it.
    pub(crate) fn make_directory(&self, path: &str) -> Result<(), FileError> {
        let path = relative(path);
        self.check_writable()?;
        let (parent, name) = self.made_entry(path)?;
        parent.create_dir(name).map_err(FileError::at(path))
    }

    /// Removes a file, a link, or a directory with everything in it.
    pub(crate) fn remove(&self, path: &str) -> Result<(), FileError> {
        let path = relative(path);
        self.check_writable()?;
        let (parent, name) = self.entry(path)?;
        remove_entry(path, &parent, name, DEEPEST)
    }

    /// Renames a file, a link or a directory. Nothing is replaced.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        let (from, to) = (relative(from), relative(to));
        self.check_writable()?;
        let (old, new) = (self.entry(from)?, self.entry(to)?);
        // A file that is missing is the old one, and one that exists the new one.
        old.0.symlink_metadata(old.1).map_err(FileError::at(from))?;
        rename_entry((&old.0, old.1), (&new.0, new.1)).map_err(FileError::at(to))
    }

    /// Opens a regular file and nothing else. A device or a FIFO is not even opened.
    fn file(&self, path: &str, options: &mut OpenOptions) -> Result<File, FileError> {
        match self.metadata(path) {
            Ok(metadata) => regular(path, &metadata)?,
            Err(FileError::Missing(_)) => {}
            Err(error) => return Err(error),
        }
        self.opened(path, options)
    }

    /// Opens what is there by now, which may be another thing than a moment ago.
    fn opened(&self, path: &str, options: &mut OpenOptions) -> Result<File, FileError> {
        // A FIFO makes nobody wait.
        let opened = self.dir.open_with(path, options.nonblock(true));
        let file = opened.map_err(FileError::at(path))?;
        let metadata = file.metadata().map_err(FileError::at(path))?;
        regular(path, &metadata)?;
        Ok(file)
    }

    fn metadata(&self, path: &str) -> Result<Metadata, FileError> {
        self.dir.metadata(path).map_err(FileError::at(path))
    }

    /// Returns an entry as the directory that it is in, and its name there: what is done to
    /// it follows no link.
    fn entry<'a>(&self, path: &'a str) -> Result<(Dir, &'a OsStr), FileError> {
        let (parent, name) = entry_name(path)?;
        Ok((self.dir.open_dir(parent).map_err(FileError::at(path))?, name))
    }

    /// Returns an entry like [`Self::entry`], after the directories above it were created.
    fn made_entry<'a>(&self, path: &'a str) -> Result<(Dir, &'a OsStr), FileError> {
        match self.entry(path) {
            Err(FileError::Missing(_)) => {
                let (parent, _) = entry_name(path)?;
                self.dir.create_dir_all(parent).map_err(FileError::at(path))?;
                self.entry(path)
            }
            entry => entry,
        }
    }

    fn check_writable(&self) -> Result<(), FileError> {
        if self.is_writable { Ok(()) } else { Err(FileError::ReadOnly) }
    }
}

/// Returns a path without the `/` in front of it, by which Remix means the root.
fn relative(path: &str) -> &str {
    match path.trim_start_matches('/') {
        "" => ".",
        path => path,
    }
}

/// Returns the directory that a path's last name is in, and the name.
fn entry_name(path: &str) -> Result<(&Path, &OsStr), FileError> {
    let parent = Path::new(path).parent();
    let parent = parent.filter(|path| !path.as_os_str().is_empty());
    match Path::new(path).file_name() {
        Some(name) => Ok((parent.unwrap_or_else(|| Path::new(".")), name)),
        None => Err(FileError::NoName(shown(path))),
    }
}

/// Returns what stands in front of the names in a directory.
fn prefix(path: &str) -> String {
    let mut prefix = String::new();
    for component in Path::new(path).components().filter(|part| *part != Component::CurDir) {
        prefix.push_str(&component.as_os_str().to_string_lossy());
        prefix.push('/');
    }
    prefix
}

fn regular(path: &str, metadata: &Metadata) -> Result<(), FileError> {
    match metadata.file_type() {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_dir() => Err(FileError::Directory(shown(path))),
        _ => Err(FileError::Special(shown(path))),
    }
}

/// Removes an entry of a directory. `path` is for errors.
fn remove_entry(path: &str, parent: &Dir, name: &OsStr, levels: usize) -> Result<(), FileError> {
    let failed = FileError::at(path);
    if !parent.symlink_metadata(name).map_err(&failed)?.is_dir() {
        return parent.remove_file_or_symlink(name).map_err(failed);
    }
    if levels == 0 {
        return Err(FileError::TooDeep(shown(path)));
    }
    let dir = parent.open_dir_nofollow(name).map_err(&failed)?;
    for entry in dir.entries().map_err(&failed)? {
        remove_entry(path, &dir, &entry.map_err(&failed)?.file_name(), levels - 1)?;
    }
    parent.remove_dir(name).map_err(failed)
}

fn rename_entry(from: (&Dir, &OsStr), to: (&Dir, &OsStr)) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(from.0, from.1, to.0, to.1, RenameFlags::NOREPLACE) {
            // Some file systems cannot.
            Err(Errno::INVAL | Errno::NOSYS) => {}
            renamed => return Ok(renamed?),
        }
    }
    // What another program puts there in between is replaced.
    match to.0.symlink_metadata(to.1) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => from.0.rename(from.1, to.0, to.1),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
