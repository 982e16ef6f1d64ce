//! Changes of the served directory, as they happen.

use std::path::Path;
use std::sync::Arc;
use std::{io, thread};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::pending::Pending;
use crate::root::Root;
use crate::tree::{Change, Tree};

/// Watches the files beneath `path`, which is the root's, in a thread that never ends.
///
/// The system's events only say where to look: what a path is tells the root alone, so
/// nothing outside of it is ever reported.
///
/// # Errors
/// Fails if the system does not watch the directory.
pub(crate) fn watch(
    root: Arc<Root>,
    path: &Path,
    report: impl Fn(Vec<Change>) + Send + 'static,
) -> io::Result<()> {
    let path = path.canonicalize()?;
    let pending = Arc::new(Pending::default());
    let (touched, base) = (pending.clone(), path.clone());
    let handler = move |event: notify::Result<Event>| touch(&touched, &base, event);
    let config = Config::default().with_follow_symlinks(false);
    let mut watcher = RecommendedWatcher::new(handler, config).map_err(io::Error::other)?;
    watcher.watch(&path, RecursiveMode::NonRecursive).map_err(io::Error::other)?;

    let mut tree = Tree::new(root);
    let mut is_complete = true;
    let mut watch = move |directory: &str| {
        // One that is gone meanwhile is seen by the events of the one above it.
        let watched = watcher.watch(&path.join(directory), RecursiveMode::NonRecursive);
        if let Err(error) = watched
            && matches!(error.kind, notify::ErrorKind::MaxFilesWatch)
            && std::mem::take(&mut is_complete)
        {
            eprintln!("file-manager: not all directories are watched: {error}");
        }
    };
    // Whoever connects hears of changes from now on.
    tree.update([""], &mut watch);
    let run = move || {
        loop {
            let touched = pending.take();
            report(tree.update(touched.iter().map(String::as_str), &mut watch));
        }
    };
    thread::Builder::new().name("watch".to_owned()).spawn(run).map(drop)
}

/// Notes where to look.
fn touch(pending: &Pending, base: &Path, event: notify::Result<Event>) {
    let Ok(event) = event else { return };
    if event.need_rescan() {
        pending.touch("");
    }
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => {}
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => return,
        _ => {}
    }
    for path in event.paths {
        let Ok(path) = path.strip_prefix(base) else { continue };
        // A name that is not UTF-8 is not reported.
        let Some(path) = path.to_str() else { continue };
        if !path.is_empty() {
            pending.touch(&path.replace(std::path::MAIN_SEPARATOR, "/"));
        }
    }
}
