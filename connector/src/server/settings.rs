//! What the connections of one connector are served with.

use std::sync::Arc;

use connector_protocol::session::ServerSettings;

use crate::codec::Codec;
use crate::connector::Config;
use crate::push::PushSchedule;
use crate::routing::Table;
use crate::{Format, Limits};

/// What all sockets of one connector are served with.
pub(super) struct Profile {
    pub(super) limits: Arc<Limits>,
    /// The same, or more in a dry run.
    pub(super) enforced: Limits,
    pub(super) session: Arc<ServerSettings>,
    pub(super) codec: Arc<dyn Codec>,
    pub(super) push_schedule: PushSchedule,
}

impl Profile {
    /// For one connector: what is configured for it, and the codes of `table`
    /// if its messages can carry such.
    pub(super) fn new(config: &Config, codec: Arc<dyn Codec>, table: &Table) -> Self {
        let limits = Arc::new(config.get_limits());
        let enforced = limits.enforced();
        let (dictionary, formats) = match codec.is_negotiable() {
            true => (table.dictionary().map(Arc::new), vec![Format::Json, Format::Protobuf]),
            false => (None, Vec::new()),
        };
        let session = ServerSettings {
            heartbeat: config.get_heartbeat(),
            timeout: config.get_heartbeat_timeout(),
            longest_handshake: Some(enforced.handshake_body),
            dictionary,
            formats,
            ..ServerSettings::default()
        };
        Self {
            limits,
            enforced,
            session: session.into(),
            codec,
            push_schedule: config.get_push_schedule(),
        }
    }
}
