//! The locked part of a session.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use connector_protocol::CloseReason;
use serde_json::Value;

use super::Session;
use super::groups::Memberships;
use crate::MaybeSend;
use crate::connector::Address;
use crate::handler::States;
use crate::runtime::Instant;

/// The locked part of a session.
#[derive(Default)]
pub(super) struct State {
    pub(super) bound: Option<Bound>,
    /// While hooks of its changes run.
    pub(super) changes: Option<Box<Changes>>,
    pub(super) closed: Option<Box<CloseReason>>,
    /// Boxed, as many sessions have none of it.
    pub(super) extras: Option<Box<Extras>>,
}

/// The user that a session is bound to.
pub(super) struct Bound {
    pub(super) uid: Arc<str>,
    pub(super) since: Instant,
}

/// Changes of a session's user whose hooks have not run.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) waiting: VecDeque<Change>,
    /// Somebody runs the hooks, of all that come.
    pub(super) are_told: bool,
}

/// A change of a session's user.
pub(super) enum Change {
    Bound(Arc<str>),
    Unbound(Arc<str>),
}

/// What an application keeps with a session.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) settings: BTreeMap<String, Value>,
    pub(super) values: States,
    pub(super) on_close: Vec<Box<dyn OnClose>>,
    pub(super) groups: Memberships,
    /// The address to which the peer has moved.
    pub(super) address: Option<Address>,
}

/// A close hook, which is called once.
pub(super) trait OnClose: MaybeSend {
    fn call(self: Box<Self>, session: &Session, reason: &CloseReason);
}

impl<F: FnOnce(&Session, &CloseReason) + MaybeSend> OnClose for F {
    fn call(self: Box<Self>, session: &Session, reason: &CloseReason) {
        self(session, reason);
    }
}

impl State {
    /// Keeps a change for [`Session::tell_changes`].
    pub(super) fn change(&mut self, change: Change) {
        self.changes.get_or_insert_default().waiting.push_back(change);
    }

    pub(super) fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }
}
