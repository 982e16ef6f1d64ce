//! A thousand sessions at once that bind, push, kick and vanish at random, under each policy for
//! users with a second session: at the end every count is back at zero.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::prelude::*;
use connector::protocol::framing::Envelope;
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector::protocol::pomelo::package::DataPackage;
use connector::server::{ServerBuilder, SingleSession};
use connector::session::PushError;
use connector_tests::long::is_long;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::dice::Dice;
use super::wire::Wire;
use crate::descriptors::Files;
use crate::scene::{Scene, limits};
use crate::{alone, quietly};

/// Sessions under each policy, all of them at once.
const SESSIONS: u64 = 1_000;
/// Files for both ends of each, and for everything else.
const FILES: u64 = 2 * SESSIONS + 200;
/// Users, so that most sessions share theirs with others.
const USERS: u64 = 60;
const ROOMS: u64 = 5;

/// What hooks were told, and what the peers have done.
#[derive(Default)]
struct Told {
    bound: AtomicI64,
    open: AtomicI64,
    binds: AtomicUsize,
    refused: AtomicUsize,
    kicks: AtomicUsize,
    pushed: AtomicUsize,
    /// The sessions that have asked to be bound to a user.
    asked: Mutex<HashMap<u64, Vec<Session>>>,
    /// The times that a user had two sessions of which none was closing.
    shared: AtomicUsize,
}

impl Told {
    /// Returns whether another session is bound to the user of this one, and neither has to end.
    fn is_shared(&self, session: &Session, user: u64) -> bool {
        let is_open = |session: &Session| {
            session.uid().is_some_and(|uid| *uid == *user.to_string())
                && session.push("onProbe", ()) != Err(PushError::Closed)
        };
        let asked = self.asked.lock().unwrap();
        let others = asked[&user].iter().filter(|other| other.id() != session.id());
        // This one last, since one that was bound after it has ended it.
        others.filter(|other| is_open(other)).count() > 0 && is_open(session)
    }
}

struct Crowd(Arc<Told>);

#[handler("crowd.crowdHandler")]
impl Crowd {
    #[route]
    async fn bind(&self, session: &Session, Json(user): Json<u64>) -> Json<bool> {
        session.unbind();
        self.0.asked.lock().unwrap().entry(user).or_default().push(session.clone());
        let is_bound = session.bind(&user.to_string()).is_ok();
        let count = if is_bound { &self.0.binds } else { &self.0.refused };
        count.fetch_add(1, Ordering::SeqCst);
        if is_bound && self.0.is_shared(session, user) {
            self.0.shared.fetch_add(1, Ordering::SeqCst);
        }
        let _ = session.set("user", &user);
        session.set_value(user);
        Json(is_bound)
    }

    #[route(concurrent)]
    async fn unbind(&self, session: &Session) {
        tokio::task::yield_now().await;
        session.unbind();
    }

    #[route]
    async fn push(&self, server: &ServerHandle, Json(user): Json<u64>) -> Json<usize> {
        let told = server.push_to(&user.to_string(), "onUser", Json(user)).unwrap_or(0);
        self.0.pushed.fetch_add(told, Ordering::SeqCst);
        Json(told)
    }

    #[route]
    async fn room(&self, session: &Session, server: &ServerHandle, Json(room): Json<u64>) {
        let room = room.to_string();
        server.channels().join(&room, session);
        let _ = server.channels().push(&room, "onRoom", Json(session.id().get()));
    }

    #[route]
    async fn kick(&self, server: &ServerHandle, Json(user): Json<u64>) {
        let kicked = server.kick(&user.to_string(), Some("by user"));
        self.0.kicks.fetch_add(kicked, Ordering::SeqCst);
    }

    #[route]
    async fn kick_one(&self, server: &ServerHandle, Json(n): Json<usize>) {
        let logins = server.logins();
        let Some(at) = n.checked_rem(logins.len()) else { return };
        let kicked = server.kick_session(logins[at].session, Some("by id"));
        self.0.kicks.fetch_add(kicked.into(), Ordering::SeqCst);
    }

    /// Is still there when its session has gone.
    #[route(concurrent)]
    async fn hang(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn add(builder: ServerBuilder, told: &Arc<Told>) -> ServerBuilder {
    let [bound, unbound, opened, closed] = [(); 4].map(|()| told.clone());
    // A busy machine may take long to answer so many at once.
    let limits = Limits { handshake: Duration::from_secs(20), ..limits() };
    builder
        .limits(limits)
        .handler(Crowd(told.clone()))
        .on_bind(move |_, _| _ = bound.bound.fetch_add(1, Ordering::SeqCst))
        .on_unbind(move |_, _| _ = unbound.bound.fetch_sub(1, Ordering::SeqCst))
        .on_open(move |_| _ = opened.open.fetch_add(1, Ordering::SeqCst))
        .on_close(move |_, _| _ = closed.open.fetch_sub(1, Ordering::SeqCst))
}

#[test]
fn a_thousand_sessions_bind_push_kick_and_vanish() {
    let _alone = alone();
    let _files = Files::at_least(FILES);
    quietly();
    let seed = std::env::var("CONNECTOR_SEED").map_or(1, |seed| seed.parse().unwrap());
    println!("CONNECTOR_SEED={seed}");
    let rounds = if is_long() { 20 } else { 1 };
    for round in 0..rounds {
        for (n, policy) in
            [None, Some(SingleSession::Refuse), Some(SingleSession::kick("elsewhere"))]
                .into_iter()
                .enumerate()
        {
            run(policy, seed + round * 3 + n as u64);
        }
    }
}

fn run(policy: Option<SingleSession>, seed: u64) {
    let told = Arc::<Told>::default();
    let is_single = policy.is_some();
    let refuses = policy == Some(SingleSession::Refuse);
    let scene = Scene::set_as(|builder| match policy {
        Some(policy) => add(builder, &told).single_session(policy),
        None => add(builder, &told),
    });
    let server = &scene.server;
    let mut peers = JoinSet::new();
    let together = Arc::new(Barrier::new(SESSIONS as usize + 1));
    for peer in 0..SESSIONS {
        let live = live(scene.address, Dice::new(seed, peer), together.clone());
        peers.spawn_on(live, scene.bad.handle());
    }
    scene.bad.block_on(async {
        tokio::select! {
            _ = together.wait() => {}
            Some(ended) = peers.join_next() => panic!("a peer ended early: {ended:?}"),
        }
    });
    scene.until("all are there", || server.statistics().connections == SESSIONS as usize);
    scene.bad.block_on(async {
        together.wait().await;
        while let Some(lived) = peers.join_next().await {
            if let Err(failed) = lived {
                std::panic::resume_unwind(failed.into_panic());
            }
        }
    });
    scene.until("everybody is gone", || {
        let now = server.statistics();
        (now.connections, now.sessions, now.logins, now.users) == (0, 0, 0, 0)
            && (told.bound.load(Ordering::SeqCst), told.open.load(Ordering::SeqCst)) == (0, 0)
    });
    assert!(server.logins().is_empty() && server.sessions().is_empty());
    for room in 0..ROOMS {
        assert!(server.channels().members(&room.to_string()).is_empty());
    }
    assert_eq!(server.statistics().connections_ever, SESSIONS);
    let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
    let Told { binds, refused, kicks, pushed, shared, .. } = &*told;
    println!(
        "{} binds, {} refused, {} kicks, {} pushes, {} of shared users",
        count(binds),
        count(refused),
        count(kicks),
        count(pushed),
        count(shared)
    );
    assert!(count(binds) > 100 && count(kicks) > 20 && count(pushed) > 100);
    assert!(!refuses || count(refused) > 20);
    assert_eq!(count(shared) == 0, is_single);
    scene.stop();
}

/// One session of a peer, which begins once all are connected.
async fn live(address: SocketAddr, mut dice: Dice, together: Arc<Barrier>) {
    let mut wire = Wire::connect(address, dice.once_in(2)).await.unwrap();
    let is_torn = dice.once_in(20);
    if !is_torn {
        wire.open(0, "").await.expect("it is let in");
    }
    // Counted in between.
    together.wait().await;
    together.wait().await;
    if is_torn {
        return wire.tear(b"\x01\x00\x00\x0a{\"sy", dice.once_in(2)).await;
    }
    let mut id = 0;
    for _ in 0..1 + dice.below(12) {
        let user = dice.below(USERS);
        let (method, body) = match dice.below(16) {
            0..6 => ("bind", json!(user)),
            6 => ("unbind", json!({})),
            7..11 => ("push", json!(user)),
            11..13 => ("room", json!(dice.below(ROOMS))),
            13 => ("hang", json!({})),
            14 => ("kick", json!(user)),
            _ => ("kickOne", json!(dice.below(1_000))),
        };
        id += 1;
        if wire.send(&request(id, method, &body)).await.is_err() {
            return;
        }
        tokio::time::sleep(dice.millis(20)).await;
    }
    match dice.below(4) {
        0 => wire.tear(b"", true).await,
        1 => wire.tear(&[0x04, 0x00, 0x10, 0x00, 1, 2, 3], dice.once_in(2)).await,
        2 => drop(wire),
        // Reads what has come, until the last answer or the end.
        _ => while wire.recv().await.is_some_and(|(_, body)| !answers(&body, id)) {},
    }
}

fn request(id: u32, method: &str, body: &Value) -> Vec<u8> {
    let route = format!("crowd.crowdHandler.{method}");
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    let head = Head::Request(RequestId::new(id), RouteRef::Name(&route));
    head.encode(&mut out).unwrap();
    serde_json::to_writer(&mut out, body).unwrap();
    DataPackage.finish(mark, &mut out).unwrap();
    out
}

fn answers(body: &[u8], id: u32) -> bool {
    use connector::protocol::pomelo::message::Message;
    let message = Message::decode(body);
    message.is_ok_and(|message| message.head.id() == RequestId::new(id))
}
