use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener as Blocking;
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(target_os = "linux")]
use socket2::{Domain, SockAddr, Socket, Type};

use super::*;
use crate::connector::Dial;

/// A directory that is removed when it is dropped.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("connector-unix-{process}-{next}"));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The error of a path that cannot be bound, and its text behind the path.
async fn refused(path: &Path) -> (StartError, String) {
    let error = Unix::from(path).bind().await.unwrap_err();
    let text = error.to_string().replacen(&path.display().to_string(), "PATH", 1);
    (error, text)
}

#[tokio::test]
async fn only_the_file_that_it_has_made_is_removed() {
    let directory = Directory::new();
    let path = directory.path("socket");
    let mut own = Unix::from(&*path);
    own.bind().await.unwrap();
    own.close();
    assert!(!path.exists());

    let elsewhere = UnixListener::bind(&path).unwrap();
    let mut given = Unix::from(elsewhere);
    given.bind().await.unwrap();
    given.close();
    assert!(path.exists(), "somebody else has bound it");
    std::fs::remove_file(&path).unwrap();

    own.bind().await.unwrap();
    // Another program takes the place.
    std::fs::rename(&path, directory.path("moved")).unwrap();
    let _other = UnixListener::bind(&path).unwrap();
    drop(own);
    assert!(path.exists(), "it is another program's");
}

#[tokio::test]
async fn what_is_not_a_socket_is_left_alone() {
    let directory = Directory::new();
    let (file, folder) = (directory.path("file"), directory.path("folder"));
    std::fs::write(&file, "precious").unwrap();
    std::fs::create_dir(&folder).unwrap();
    // The system refuses connections to all of these, as to a socket without a listener.
    let stale = directory.path("stale");
    drop(Blocking::bind(&stale).unwrap());
    let link = directory.path("link");
    symlink(&stale, &link).unwrap();
    for (path, expected) in [
        (&file, "a file"),
        (&folder, "a directory"),
        (&link, "a symbolic link"),
        (&PathBuf::from("/dev/null"), "a device or a pipe"),
    ] {
        let (error, text) = refused(path).await;
        assert!(matches!(error, StartError::NotASocket { .. }), "{error:?}");
        let way = "remove it, or choose another path";
        assert_eq!(text, format!("PATH is {expected}, not a socket: {way}"));
        assert!(path.symlink_metadata().is_ok(), "it is still there");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    assert!(stale.exists());
}

#[tokio::test]
async fn a_socket_is_replaced_when_nobody_listens_on_it() {
    let directory = Directory::new();
    let path = directory.path("socket");
    let live = Blocking::bind(&path).unwrap();
    let (error, text) = refused(&path).await;
    assert!(matches!(error, StartError::InUse(_)), "{error:?}");
    assert_eq!(text, "PATH is in use by another program: stop that, or choose another address");

    drop(live);
    let mut unix = Unix::from(&*path);
    unix.bind().await.unwrap();
    UnixDialer::new().connect(&path.display().to_string()).await.unwrap();
}

/// Other systems refuse who would have to wait.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_program_that_does_not_accept_is_not_waited_for() {
    let directory = Directory::new();
    let path = directory.path("socket");
    let busy = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    busy.bind(&SockAddr::unix(&path).unwrap()).unwrap();
    busy.listen(0).unwrap();
    let mut waiting = Vec::new();
    loop {
        let client = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        client.set_nonblocking(true).unwrap();
        if client.connect(&SockAddr::unix(&path).unwrap()).is_err() {
            break;
        }
        waiting.push(client);
    }
    let (error, _) = refused(&path).await;
    assert!(matches!(error, StartError::InUse(_)), "{error:?}");
    assert!(path.exists());
}

#[tokio::test]
async fn a_socket_of_datagrams_is_another_programs() {
    let directory = Directory::new();
    let path = directory.path("socket");
    let _datagrams = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let (error, _) = refused(&path).await;
    assert!(matches!(error, StartError::InUse(_)), "{error:?}");
    assert!(path.exists());
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_said_to_be_missing() {
    let directory = Directory::new();
    let file = directory.path("file");
    std::fs::write(&file, "").unwrap();
    for path in [directory.path("nowhere/socket"), file.join("socket")] {
        let (error, text) = refused(&path).await;
        assert!(matches!(error, StartError::NoDirectory(_)), "{error:?}");
        let way = "create it, or choose another path";
        assert_eq!(text, format!("PATH is in a directory that does not exist: {way}"));
    }
}

/// The superuser may write anywhere but here.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_directory_that_may_not_be_written_is_denied() {
    let (error, text) = refused(Path::new("/sys/kernel/connector.sock")).await;
    assert!(matches!(error, StartError::Denied(_)), "{error:?}");
    let way = "give its user the right to, or choose another address";
    assert_eq!(text, format!("this program may not listen on PATH: {way}"));
}

#[tokio::test]
async fn a_path_that_is_too_long_is_an_error() {
    let (error, _) = refused(Path::new(&"/tmp/long".repeat(20))).await;
    assert!(matches!(error, StartError::Listen { .. }), "{error:?}");
}

#[tokio::test]
async fn permissions_are_those_of_the_file() {
    let directory = Directory::new();
    for bits in [0o600, 0o660, 0o666] {
        let mut unix = Unix::from(directory.path("socket")).permissions(bits);
        unix.bind().await.unwrap();
        let file = directory.path("socket").symlink_metadata().unwrap();
        assert_eq!(file.permissions().mode() & 0o777, bits);
        // Another bind keeps them.
        unix.close();
        unix.bind().await.unwrap();
        let file = directory.path("socket").symlink_metadata().unwrap();
        assert_eq!(file.permissions().mode() & 0o777, bits);
    }
}
