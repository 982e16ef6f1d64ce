//! The locked part of a session.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector_protocol::CloseReason;
use serde_json::Value;

use super::Session;
use super::groups::Memberships;
use crate::MaybeSend;
use crate::handler::States;
use crate::runtime::Instant;

/// The locked part of a session.
#[derive(Default)]
pub(super) struct State {
    pub(super) bound: Option<Bound>,
    pub(super) closed: Option<Box<CloseReason>>,
    /// Boxed, as many sessions have none of it.
    pub(super) extras: Option<Box<Extras>>,
}

/// The user that a session is bound to.
pub(super) struct Bound {
    pub(super) uid: Arc<str>,
    pub(super) since: Instant,
}

/// What an application keeps with a session.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) settings: BTreeMap<String, Value>,
    pub(super) values: States,
    pub(super) on_close: Vec<Box<dyn OnClose>>,
    pub(super) groups: Memberships,
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
    pub(super) fn extras_mut(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }
}
