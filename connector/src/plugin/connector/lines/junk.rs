//! Lines that are not messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use connector_protocol::remix::Message;
use connector_protocol::text::escaped;

use super::search::Search;
use crate::metrics;
use crate::plugin::warnings::{FEW, warn_if};

/// How many lines of a link are logged as warnings.
const LOGGED: u64 = FEW as u64;
/// How much of a line is logged, in bytes.
const SHOWN: usize = 200;

/// The junk of a link. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Junk(Arc<AtomicU64>);

impl Junk {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts junk, and logs it.
    pub(super) fn add(&self, line: &[u8]) {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        metrics::junk_line();
        let shown = String::from_utf8_lossy(&line[..line.len().min(SHOWN)]);
        let bytes = line.len();
        let is_due = before < LOGGED;
        warn_if!(is_due, line = %escaped(&shown), bytes, "a line that is not a message");
    }

    /// Finds the message behind junk in a line that is not a message, and counts the junk.
    pub(super) fn find_message(&self, line: &[u8], search: &mut Search) -> Option<Message> {
        let found = search.find(line).unwrap_or_else(|error| {
            let is_due = self.count() < LOGGED;
            warn_if!(is_due, error = %escaped(&error), "a message may be lost");
            None
        });
        let (end, message) = found.map_or((line.len(), None), |(at, found)| (at, Some(found)));
        // Node's own messages on its channel are for its peer at the other end.
        if message.is_some() || !line.starts_with(br#"{"cmd":"NODE_"#) {
            self.add(&line[..end]);
        }
        message
    }
}
