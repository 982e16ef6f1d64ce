//! Processes that tests kill, and that have to be gone.

use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::time::sleep;

/// How long a process may take to be gone.
const LIMIT: Duration = Duration::from_secs(30);

/// Sends a process a signal by its name, such as `KILL`.
///
/// # Panics
/// The process does not exist.
pub async fn kill(process: &str, signal: &str) {
    let killed = Command::new("kill").arg(format!("-{signal}")).arg(process).status().await;
    assert!(killed.is_ok_and(|killed| killed.success()), "{process} cannot be killed");
}

/// Waits until a process is gone, also as a zombie of the one that started it. Returns how long
/// that took.
///
/// # Panics
/// It is still there after 30 seconds.
pub async fn gone(process: &str) -> Duration {
    let since = Instant::now();
    while let Some((state, parent)) = state(process) {
        let waited = since.elapsed();
        assert!(waited < LIMIT, "{process} is still there: {state}, a child of {parent}");
        sleep(Duration::from_millis(5)).await;
    }
    since.elapsed()
}

/// Returns the processes that one has started and that run.
pub fn children(process: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = processes.filter_map(|entry| entry.file_name().into_string().ok());
    let ids = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    ids.filter(|id| state(id).is_some_and(|(_, parent)| parent == process)).collect()
}

/// The state of a process, such as `Z`, and its parent. `None` without a process, and for a
/// zombie that waits for the system's first process alone.
fn state(process: &str) -> Option<(char, String)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = status.rsplit_once(") ")?.1.split(' ');
    let (state, parent) = (fields.next()?.chars().next()?, fields.next()?.to_owned());
    (state != 'Z' || parent != "1").then_some((state, parent))
}
