//! The path of a listener: what is there already.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;

use socket2::{Domain, SockAddr, Socket, Type};

use crate::connector::StartError;

/// The device and the number of a file.
pub(super) type FileId = (u64, u64);

/// The number of connections that may wait to be accepted. The system may have a lower limit.
const BACKLOG: i32 = 1024;

pub(super) fn file_id(path: &Path) -> Option<FileId> {
    let file = path.symlink_metadata().ok()?;
    Some((file.dev(), file.ino()))
}

/// Binds a path, in the place of a socket that nobody listens on.
pub(super) fn bind(path: &Path, permissions: Option<u32>) -> Result<UnixListener, StartError> {
    let listener = match listen(path, permissions) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            remove_left_behind(path)?;
            listen(path, permissions)
        }
        listener => listener,
    };
    listener.map_err(|error| failure(path, error))
}

fn listen(path: &Path, permissions: Option<u32>) -> io::Result<UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(path)?)?;
    let listening = || {
        if let Some(bits) = permissions {
            std::fs::set_permissions(path, PermissionsExt::from_mode(bits))?;
        }
        // Until now nobody can connect.
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)
    };
    if let Err(error) = listening() {
        let _ = std::fs::remove_file(path);
        return Err(error);
    }
    Ok(OwnedFd::from(socket).into())
}

/// Removes the socket of a program that has been killed.
fn remove_left_behind(path: &Path) -> Result<(), StartError> {
    let failed = |error| failure(path, error);
    let file = match path.symlink_metadata() {
        Ok(file) => file,
        // Its owner has just removed it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let kind = file.file_type();
    if !kind.is_socket() {
        let found = match kind {
            kind if kind.is_dir() => "a directory",
            kind if kind.is_file() => "a file",
            kind if kind.is_symlink() => "a symbolic link",
            _ => "a device or a pipe",
        };
        return Err(StartError::NotASocket { path: path.display().to_string(), found });
    }
    match connect(path) {
        // Only a socket is judged by this: the system refuses to connect to files, too.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(failed(error)),
        // It has answered, it has no time to, or it is a socket of another kind.
        _ => return Err(StartError::InUse(path.display().to_string())),
    }
    // Another program may have replaced it meanwhile.
    if file_id(path) == Some((file.dev(), file.ino())) {
        std::fs::remove_file(path).map_err(failed)?;
    }
    Ok(())
}

/// Connects without waiting for a program that does not accept.
fn connect(path: &Path) -> io::Result<()> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::unix(path)?)
}

fn failure(path: &Path, error: io::Error) -> StartError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            StartError::NoDirectory(path.display().to_string())
        }
        io::ErrorKind::ReadOnlyFilesystem => StartError::Denied(path.display().to_string()),
        _ => StartError::new(path.display(), error),
    }
}
