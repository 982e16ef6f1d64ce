//! What the server's side of the operations notes, for the peers to compare with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use connector::{CloseReason, Session};

/// The rooms that peers join and call in.
pub(super) const ROOMS: usize = 4;

/// What one server has done so far.
#[derive(Default)]
pub(super) struct Record {
    peers: Mutex<BTreeMap<u64, Arc<PeerRecord>>>,
    /// The last push to each room. Who holds it joins, leaves or pushes.
    pub(super) rooms: [Mutex<u64>; ROOMS],
    /// The calls that run with each room as their key.
    running: [AtomicUsize; ROOMS],
    pub(super) broadcasts: Mutex<u64>,
    /// Set before the server is stopped.
    pub(super) stopping: AtomicBool,
    /// Faults that a handler saw. A panic of its own would be an operation.
    pub(super) faults: Mutex<Vec<String>>,
}

/// What the server has done for one session.
#[derive(Default)]
pub(super) struct PeerRecord {
    /// The requests whose calls have returned.
    pub(super) done: Mutex<BTreeSet<u64>>,
    /// The number of messages to methods that run in order.
    pub(super) steps: AtomicUsize,
    /// The last push to this session alone.
    pub(super) told: Mutex<u64>,
    /// Why the session has ended.
    pub(super) reason: Mutex<Option<CloseReason>>,
}

impl Record {
    pub(super) fn peer(&self, key: u64) -> Arc<PeerRecord> {
        self.peers.lock().unwrap().entry(key).or_default().clone()
    }

    /// The record of a session that peers of the operations opened.
    pub(super) fn of(&self, session: &Session) -> Option<Arc<PeerRecord>> {
        Some(self.peer(session.get("key")?))
    }

    pub(super) fn forget(&self, key: u64) {
        self.peers.lock().unwrap().remove(&key);
    }

    pub(super) fn room(&self, room: usize) -> MutexGuard<'_, u64> {
        self.rooms[room].lock().unwrap()
    }

    /// Notes that a call runs with a room as its key, until it returns or is dropped.
    pub(super) fn run_in(&self, room: usize) -> Runs<'_> {
        let running = &self.running[room];
        if running.fetch_add(1, Ordering::SeqCst) > 0 {
            self.faults.lock().unwrap().push(format!("two calls at once in room {room}"));
        }
        Runs(running)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }
}

pub(super) struct Runs<'a>(&'a AtomicUsize);

impl Drop for Runs<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
