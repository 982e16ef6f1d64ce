//! One message to many sessions.

use crate::body::ToBody;
use crate::codec::CodecError;
use crate::connection::Encoded;
use crate::session::Session;

/// How many sessions one task sends to: so many that it hardly counts, so few
/// that others get their turn within a millisecond. The runtime lets a task do
/// about twice as much at once.
const SESSIONS: usize = 64;

/// Pushes a message to each session, encoded once for each kind of peer; those
/// that it could be put to are counted.
///
/// A few tasks send for all sessions: to wake the task of each would cost a third
/// of the whole. What is pushed before they run leaves in the same write.
pub(crate) fn push_all(
    sessions: Vec<Session>,
    route: &str,
    body: &dyn ToBody,
) -> Result<usize, CodecError> {
    let mut encoded = Encoded::new(route, body);
    let mut reached = 0;
    let mut failed = None;
    let mut unsent = Unsent(sessions);
    unsent.0.retain(|session| {
        if failed.is_some() {
            return false;
        }
        let put = match encoded.bytes(&session.0.encoder) {
            Ok(bytes) => session.put_framed(bytes),
            Err(error) => {
                failed = Some(error);
                return false;
            }
        };
        reached += usize::from(put.is_ok());
        // All others are sent to by whoever put the first message in.
        put == Ok(true)
    });
    unsent.send();
    failed.map_or(Ok(reached), Err)
}

/// Sessions with something to send, which they do by themselves if nobody has
/// done it for them, as when the runtime goes down.
struct Unsent(Vec<Session>);

impl Unsent {
    /// Sends in the server's own runtime, where its links belong. One session is
    /// left to its task.
    fn send(mut self) {
        let (2.., [first, ..]) = (self.0.len(), &*self.0) else { return };
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
        // The last one that is spawned waits for this thread, even if others have
        // nothing to do.
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
