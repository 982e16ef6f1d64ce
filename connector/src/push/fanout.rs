//! One message to many sessions.

use crate::body::ToBody;
use crate::codec::CodecError;
use crate::connection::Encoded;
use crate::session::Session;

/// The number of sessions that one task sends to. The cost of a task is small for so
/// many, and other tasks still run within a millisecond; tokio's budget for one poll is
/// about twice as large.
const SESSIONS: usize = 64;

/// Pushes a message to each session, encoded once for each kind of peer. Returns the
/// number of sessions that it was queued for.
///
/// A few tasks send for all sessions: waking the task of each would be a third of the
/// total cost. Messages pushed before these tasks run leave in the same write.
pub(crate) fn push_all(
    sessions: Vec<Session>,
    route: &str,
    body: &dyn ToBody,
) -> Result<usize, CodecError> {
    let mut encoded = Encoded::new(route, body);
    let mut queued = 0;
    let mut failed = None;
    let mut unsent = Unsent(sessions);
    unsent.0.retain(|session| {
        if failed.is_some() {
            return false;
        }
        let put = match encoded.bytes(&session.0.encoder) {
            Ok(bytes) => session.put_framed(session.scheduled(bytes, route)),
            Err(error) => {
                failed = Some(error);
                return false;
            }
        };
        queued += usize::from(put.is_ok());
        // For the other sessions, a caller before this one sends.
        put == Ok(true)
    });
    unsent.send();
    failed.map_or(Ok(queued), Err)
}

/// Sessions with messages to send. Dropped before it has sent them, as at the end of the
/// runtime, it wakes the sessions' own tasks.
struct Unsent(Vec<Session>);

impl Unsent {
    /// Sends in the server's runtime, which its links are registered with. A single
    /// session is left to its own task.
    fn send(mut self) {
        let [first, _, ..] = &*self.0 else { return };
        let Some(runtime) = first.0.registry.upgrade().and_then(|registry| registry.runtime())
        else {
            return;
        };
        while !self.0.is_empty() {
            let at = self.0.len().saturating_sub(SESSIONS);
            let mut some = Self(self.0.split_off(at));
            runtime.spawn(async move {
                for session in &some.0 {
                    session.0.outbox.send();
                }
                some.0.clear();
            });
        }
        // tokio runs the last spawned task on this thread, even if other threads are
        // idle, so let that be an empty one.
        runtime.spawn(async {});
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        for session in &self.0 {
            session.0.outbox.wake();
        }
    }
}
