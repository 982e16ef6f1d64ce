//! Registry and sessions by themselves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use connector_protocol::framing::Bare;
use connector_protocol::pomelo::package::DataPackage;

use super::*;
use crate::codec::PomeloCodec;
use crate::connection::{Encoder, Outbox, PushError};
use crate::link::Batch;
use crate::push::Channels;
use crate::{CloseReason, Json, Peer};

fn session(registry: &Arc<Registry>) -> Session {
    let encoder = Encoder::new(Arc::new(PomeloCodec), &DataPackage, &Bare, Batch::Concat);
    let peer = Peer::new("memory", crate::Address::Unnamed);
    let session = Session::new(
        SessionId::next(),
        peer,
        (Outbox::new(1 << 20), encoder),
        registry,
        &Arc::default(),
    );
    registry.insert(&session);
    session
}

#[test]
fn a_user_may_have_several_sessions_and_a_session_one_user() {
    let registry = Arc::new(Registry::default());
    let one = session(&registry);
    let two = session(&registry);
    for session in [&one, &two] {
        session.bind("ann").unwrap();
        session.bind("ann").unwrap();
    }
    assert_eq!(one.bind("bob"), Err(BindError::Bound("ann".into())));
    assert_eq!(one.bind(""), Err(BindError::Length { len: 0, limit: 256 }));
    assert_eq!(one.bind(&"u".repeat(257)), Err(BindError::Length { len: 257, limit: 256 }));
    assert_eq!(registry.of_user("ann").len(), 2);
    assert_eq!(one.unbind().as_deref(), Some("ann"));
    one.bind("bob").unwrap();
    assert_eq!((registry.of_user("ann").len(), registry.users()), (1, 2));
}

#[test]
fn an_ended_session_is_gone_and_tells_its_hooks_once() {
    let registry = Arc::new(Registry::default());
    let session = session(&registry);
    session.bind("ann").unwrap();
    session.set("k", &1).unwrap();
    let (told, told_again) = std::sync::mpsc::channel();
    let early = told.clone();
    session.on_close(move |session, reason| {
        early.send((session.uid(), reason.clone())).unwrap();
    });
    session.end(&CloseReason::PeerClosed);
    session.end(&CloseReason::Requested);
    session.on_close(move |_, reason| told.send((None, reason.clone())).unwrap());
    let heard: Vec<_> = told_again.iter().collect();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0], (Some("ann".into()), CloseReason::PeerClosed));
    assert_eq!(heard[1], (None, CloseReason::PeerClosed));
    assert_eq!((registry.len(), registry.users()), (0, 0));
    assert_eq!(session.push("onPush", Json(1)), Err(PushError::Closed));
    assert_eq!(session.bind("ann"), Err(BindError::Closed));
    assert_eq!(session.get::<i32>("k"), Some(1));
}

#[test]
fn sessions_of_one_user_leave_in_any_order() {
    let registry = Arc::new(Registry::default());
    let sessions = [(); 4].map(|()| session(&registry));
    let ids = || registry.of_user("guest").iter().map(Session::id).collect::<Vec<_>>();
    sessions.iter().for_each(|session| session.bind("guest").unwrap());
    let [one, two, three, four] = sessions.each_ref().map(Session::id);
    assert_eq!(ids(), [one, two, three, four]);
    for (leaves, left) in
        [(1, vec![one, three, four]), (3, vec![one, three]), (0, vec![three]), (2, vec![])]
    {
        assert_eq!(sessions[leaves].unbind().as_deref(), Some("guest"));
        assert_eq!(ids(), left);
    }
    assert_eq!(registry.users(), 0);
}

/// Returns the shortest time of three that so many sessions of one user take to leave.
fn leaving(sessions: usize) -> Duration {
    let rounds = [(); 3].map(|()| {
        let registry = Arc::new(Registry::default());
        let guests: Vec<_> = (0..sessions).map(|_| session(&registry)).collect();
        guests.iter().for_each(|guest| guest.bind("guest").unwrap());
        let started = Instant::now();
        // Neither first in, first out nor the opposite is the easy order.
        let (even, odd): (Vec<_>, Vec<_>) =
            guests.iter().partition(|guest| guest.id().get() % 2 == 0);
        even.into_iter().chain(odd.into_iter().rev()).for_each(|guest| drop(guest.unbind()));
        assert_eq!(registry.users(), 0);
        started.elapsed()
    });
    rounds.into_iter().min().unwrap()
}

#[test]
fn many_sessions_of_one_user_leave_in_time_that_grows_with_their_number() {
    let (few, many) = (leaving(500), leaving(32_000));
    // 64 times as many. Where each looks through all others, they take 4,096 times as long.
    assert!(many < few * 1_000, "{few:?} for 500, {many:?} for 32,000");
}

#[test]
fn sessions_of_two_servers_share_channels() {
    let channels = Channels::new();
    let registries = [(); 2].map(|()| Arc::new(Registry::default()));
    let sessions = registries.each_ref().map(session);
    for session in &sessions {
        assert!(channels.join("room", session) && !channels.join("room", session));
    }
    assert_eq!(channels.members("room"), sessions);
    sessions[0].end(&CloseReason::PeerClosed);
    assert_eq!(channels.members("room"), sessions[1..]);
}

#[test]
fn an_ended_session_tells_its_channels_and_is_in_none() {
    let registry = Arc::new(Registry::default());
    let (channels, others) = (Channels::new(), Channels::new());
    let (session, other) = (session(&registry), session(&registry));
    for room in ["b", "a", "left"] {
        assert!(channels.join(room, &session));
    }
    assert!(channels.leave("left", &session) && !channels.leave("left", &session));
    assert!(others.join("elsewhere", &session) && channels.join("a", &other));
    let seen = Arc::<std::sync::Mutex<Vec<_>>>::default();
    let (asked, rooms) = (seen.clone(), channels.clone());
    session.on_close(move |session, _| {
        for room in rooms.of(session) {
            let told = rooms.push(&room, "onLeave", Json(1)).unwrap();
            asked.lock().unwrap().push((room.to_string(), rooms.members(&room).len(), told));
        }
    });
    session.end(&CloseReason::PeerClosed);
    assert_eq!(*seen.lock().unwrap(), [("a".to_owned(), 1, 1), ("b".to_owned(), 0, 0)]);
    assert!(!channels.join("a", &session) && !channels.leave("a", &session));
    assert_eq!((channels.members("b"), others.members("elsewhere")), (vec![], vec![]));
    assert_eq!(*others.of(&session), [Arc::from("elsewhere")]);
}
