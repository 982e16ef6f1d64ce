//! The resources that connections take from the process.

use tokio::runtime::Handle;

/// Returns the number of the runtime's tasks that have not ended.
pub(super) fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// Returns the number of the process's open descriptors, on systems that list them.
pub(super) fn descriptors() -> Option<usize> {
    // Android, Linux; other systems list those of the process in `/dev/fd`.
    let listed =
        ["/proc/self/fd", "/dev/fd"].iter().find_map(|folder| std::fs::read_dir(folder).ok());
    listed.map(Iterator::count)
}

/// Returns the process's memory in bytes, on Linux.
pub(super) fn memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: usize = resident.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_are_counted() {
        let before = tasks();
        let task = tokio::spawn(std::future::pending::<()>());
        assert_eq!(tasks(), before + 1);
        task.abort();
        assert!(task.await.is_err());
        assert_eq!(tasks(), before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn descriptors_and_memory_are_counted() {
        // Other tests open some meanwhile, but not so many.
        const MANY: usize = 200;
        let before = descriptors().unwrap();
        let files: Vec<_> = (0..MANY).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        let opened = descriptors().unwrap();
        assert!(opened >= before + MANY / 2, "{before} and {opened}");
        drop(files);
        assert!(memory().unwrap() > 64 * 1024);
    }
}
