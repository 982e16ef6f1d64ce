//! Other users of the machine: they can neither join nor read.

use std::os::unix::fs::MetadataExt;

use tokio::process::Command;

use super::role::{Process, Role};
use super::*;

/// The user `nobody`.
const NOBODY: u32 = 65_534;

/// A command as another user. `None` unless this one may become another.
fn as_nobody(program: impl AsRef<std::ffi::OsStr>) -> Option<Command> {
    let directory = Directory::new();
    if directory.0.metadata().unwrap().uid() != 0 {
        println!("skipped: only root may start a process as another user");
        return None;
    }
    let mut command = Command::new("setpriv");
    let ids =
        [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()];
    command.args(ids).arg(program);
    Some(command)
}

/// This program where another user may start it, too.
fn program(directory: &Directory) -> PathBuf {
    let copy = directory.0.join("program");
    std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap();
    copy
}

#[tokio::test]
async fn another_user_is_refused_and_cannot_read_the_memory() {
    let apart = Directory::new();
    let Some(mut dial) = as_nobody(program(&apart)) else { return };
    let directory = Directory::new();
    let mut server = Process::start(Role::Serve, &directory.socket());
    server.says("READY").await;
    let mut client = Process::start(Role::Dial, &directory.socket());
    client.says("ECHOED 5").await;

    let mut other = Process::start_by(&mut dial, Role::Dial, &directory.socket());
    // It does not trust the server either.
    let refused = other.says("REFUSED ").await;
    assert!(refused.contains("PermissionDenied"), "{refused}");
    let mut dial = as_nobody(apart.0.join("program")).unwrap();
    let mut other = Process::start_by(&mut dial, Role::DialOthers, &directory.socket());
    let refused = other.says("REFUSED ").await;
    assert!(refused.contains("the server does not serve user 65534"), "{refused}");

    let places = directory.places();
    let memory = segments(&places);
    assert!(memory.iter().any(|path| path.extension().is_some_and(|ending| ending == "data")));
    for path in memory.iter().chain(&places) {
        for (command, arguments) in [("head", &["-c1"][..]), ("ls", &[]), ("tee", &["-a"])] {
            if command == "ls" && !path.is_dir() {
                continue;
            }
            let mut command = as_nobody(command).unwrap();
            let input = std::process::Stdio::null();
            let output = command.args(arguments).arg(path).stdin(input).output().await.unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let is_refused = !output.status.success() && said.contains("Permission denied");
            let is_directory = path.is_dir() && said.contains("Is a directory");
            assert!(is_refused || is_directory, "{command:?}: {said}");
        }
    }
    client.says("ECHOED").await;
    client.end().await;
    server.end().await;
}

#[tokio::test]
async fn another_user_may_be_allowed_and_then_all_goes_over_the_socket() {
    let apart = Directory::new();
    let Some(mut dial) = as_nobody(program(&apart)) else { return };
    let directory = Directory::new();
    let mut server = Process::start(Role::ServeOthers, &directory.socket());
    server.says("READY").await;
    let mut client = Process::start_by(&mut dial, Role::DialOthers, &directory.socket());
    client.says("ECHOED 5").await;
    let memory = segments(&directory.places());
    let is_data = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "data");
    assert!(!memory.iter().any(is_data), "{memory:?}");
    client.end().await;
    // Its own user has memory.
    let mut own = Process::start(Role::Dial, &directory.socket());
    own.says("ECHOED 5").await;
    assert!(segments(&directory.places()).iter().any(is_data));
    own.end().await;
    server.end().await;
}
