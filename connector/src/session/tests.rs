//! Registry and sessions by themselves.

use std::sync::Arc;

use connector_protocol::framing::Bare;
use connector_protocol::pomelo::package::DataPackage;

use super::*;
use crate::codec::PomeloCodec;
use crate::connection::{Encoder, Outbox, PushError};
use crate::link::Batch;
use crate::{CloseReason, Json, Peer};

fn session(registry: &Arc<Registry>) -> Session {
    let encoder = Encoder::new(Arc::new(PomeloCodec), &DataPackage, &Bare, Batch::Concat);
    let peer = Peer::new("memory", crate::Address::Unnamed);
    let session = Session::new(
        registry.next_id(),
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
    let (one, two) = (session(&registry), session(&registry));
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
    session.ended(&CloseReason::PeerClosed);
    session.ended(&CloseReason::Requested);
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
