//! One message to many sessions.

use bytes::Bytes;
use tokio::runtime::Handle;

use crate::codec::CodecError;
use crate::session::Session;

/// How many sessions one task sends to: so many that it hardly counts, so few
/// that others get their turn within a millisecond. The runtime lets a task do
/// about twice as much at once.
const SESSIONS: usize = 64;

/// Pushes a framed message to each session; those that it could be put to are
/// counted.
///
/// A few tasks send for all sessions: to wake the task of each would cost a third
/// of the whole. What is pushed before they run leaves in the same write.
pub(crate) fn fan_out(
    mut sessions: Vec<Session>,
    mut encode: impl FnMut(&Session) -> Result<Bytes, CodecError>,
) -> Result<usize, CodecError> {
    let (mut reached, mut failed) = (0, None);
    sessions.retain(|session| {
        if failed.is_some() {
            return false;
        }
        let put = match encode(session) {
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
    send_all(sessions);
    failed.map_or(Ok(reached), Err)
}

fn send_all(sessions: Vec<Session>) {
    let (true, Ok(runtime)) = (sessions.len() > 1, Handle::try_current()) else {
        return drop(Unsent(sessions));
    };
    let mut sessions = sessions.into_iter();
    while sessions.len() > 0 {
        let mut some = Unsent(sessions.by_ref().take(SESSIONS).collect());
        runtime.spawn(async move {
            for session in &some.0 {
                session.0.outbox.send();
            }
            some.0.clear();
        });
    }
}

/// Sessions with something to send, which they do by themselves if nobody has
/// done it for them: there is no runtime, or it goes down.
struct Unsent(Vec<Session>);

impl Drop for Unsent {
    fn drop(&mut self) {
        for session in &self.0 {
            session.0.outbox.wake();
        }
    }
}
