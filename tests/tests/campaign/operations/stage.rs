//! The server of the operations: handlers, a filter and hooks, which panic when asked to.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use connector::handler::{Filter, Outcome, RouteSpec};
use connector::prelude::*;
use connector::protocol::session::{Answer, Hello};
use connector::server::ServerBuilder;
use serde::{Deserialize, Serialize};

use super::record::{PeerRecord, Record};

/// What is said to a session that the server kicks.
pub(super) const KICK: &str = "kicked by an operation";

struct Operations(Arc<Record>);

#[derive(Deserialize, Serialize)]
pub(super) struct Turn {
    pub(super) n: u64,
    pub(super) room: usize,
}

impl Operations {
    fn peer(&self, session: &Session) -> Arc<PeerRecord> {
        self.0.of(session).unwrap()
    }

    fn done(&self, session: &Session, n: u64) -> Json<u64> {
        self.peer(session).done.lock().unwrap().insert(n);
        Json(n)
    }
}

#[handler("operations.handler", filter = Panics)]
impl Operations {
    /// Returns the number of such messages before it.
    #[route]
    async fn step(&self, session: &Session, Json(n): Json<u64>) -> Json<(u64, usize)> {
        let peer = self.peer(session);
        peer.done.lock().unwrap().insert(n);
        Json((n, peer.steps.fetch_add(1, Ordering::SeqCst)))
    }

    #[route(notify)]
    async fn note(&self, session: &Session) {
        tokio::task::yield_now().await;
        self.peer(session).steps.fetch_add(1, Ordering::SeqCst);
    }

    #[route(concurrent)]
    async fn slow(&self, session: &Session, Json(n): Json<u64>) -> Json<u64> {
        tokio::time::sleep(Duration::from_millis(n * 7 % 20)).await;
        self.done(session, n)
    }

    #[route(key = "room")]
    async fn turn(&self, session: &Session, Json(turn): Json<Turn>) -> Json<u64> {
        let _runs = self.0.run_in(turn.room);
        tokio::task::yield_now().await;
        self.done(session, turn.n)
    }

    /// Pushes some to the session alone, and returns the number of the last.
    #[route]
    async fn tell(&self, session: &Session, Json(count): Json<u64>) -> Json<u64> {
        (0..count).for_each(|_| _ = tell(&self.0, session));
        Json(*self.peer(session).told.lock().unwrap())
    }

    /// Pushes more than a socket takes at once, and returns how many messages.
    #[route]
    async fn pour(&self, session: &Session, Json(count): Json<u64>) -> Json<u64> {
        let text = "x".repeat(16 * 1024);
        for n in 0..count {
            if session.push_when_ready("onPart", Json((n, &text))).await.is_err() {
                // The session is to end.
                return Json(n);
            }
        }
        Json(count)
    }

    #[route]
    async fn bind(&self, session: &Session, Json(uid): Json<String>) {
        session.unbind();
        let _ = session.bind(&uid);
    }

    #[route]
    async fn join(
        &self,
        session: &Session,
        server: &ServerHandle,
        Json(room): Json<usize>,
    ) -> Json<Option<u64>> {
        let last = self.0.room(room);
        server.channels().join(&room.to_string(), session);
        // A session whose end is ordered still answers, and gets no pushes any more.
        Json(tell(&self.0, session).then_some(*last))
    }

    #[route]
    async fn leave(&self, session: &Session, server: &ServerHandle, Json(room): Json<usize>) {
        let _last = self.0.room(room);
        server.channels().leave(&room.to_string(), session);
    }

    #[route]
    async fn kick(&self, session: &Session) {
        session.kick(KICK);
    }

    #[route]
    async fn panic(&self) {
        panic!("on purpose: a handler");
    }

    #[route]
    async fn panic_before(&self) {}

    #[route]
    async fn panic_after(&self) {}
}

/// A filter that panics for two of the methods.
struct Panics;

impl Filter for Panics {
    async fn before(&self, _: &Cx<'_>, route: &RouteSpec) -> Result<(), HandlerError> {
        assert!(!route.route.ends_with("panicBefore"), "on purpose: a filter");
        Ok(())
    }

    fn after(&self, _: &Cx<'_>, route: &RouteSpec, _: &Outcome<'_>) {
        assert!(!route.route.ends_with("panicAfter"), "on purpose: a filter");
    }
}

/// Pushes the next message to a session alone. Returns `false` if it gets none any more.
pub(super) fn tell(record: &Record, session: &Session) -> bool {
    let Some(peer) = record.of(session) else { return false };
    let mut told = peer.told.lock().unwrap();
    let queued = session.push("onTold", Json(*told + 1)).is_ok();
    *told += u64::from(queued);
    queued
}

/// Adds all of it to a server. A peer says in its handshake who it is, and which hook is to
/// panic.
pub(super) fn add(builder: ServerBuilder, record: &Arc<Record>) -> ServerBuilder {
    let panics = |session: &Session, hook: &str| {
        let told = session.get::<String>("panics");
        assert!(told.as_deref() != Some(hook), "on purpose: a hook");
    };
    let noted = record.clone();
    builder
        .handler(Operations(record.clone()))
        .on_handshake(move |session: Session, hello: Hello| async move {
            if let Some(user) = hello.user {
                session.set("key", &user["key"]).unwrap();
                session.set("panics", &user["panics"]).unwrap();
            }
            panics(&session, "handshake");
            Answer::Accept { user: None }
        })
        .on_open(move |session| panics(session, "open"))
        .on_close(move |session, reason| {
            if let Some(peer) = noted.of(session) {
                *peer.reason.lock().unwrap() = Some(reason.clone());
            }
            panics(session, "close");
        })
}
