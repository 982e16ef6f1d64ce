//! The settings of one connector's connections.

use std::sync::{Arc, Mutex, Once, PoisonError};

use connector_protocol::pomelo::ServerExtras;
use connector_protocol::session::{Details, ServerSettings};

use super::inner::ServerInner;
use super::protos::CurrentSchemas;
use crate::Limits;
use crate::codec::{AsyncOverride, Codec, replaces_negotiable};
use crate::connection::{Agreements, Dictionary};
use crate::connector::{Address, Config};
use crate::limits::{Admissions, HeldLimit};
use crate::push::Schedule;

/// The settings of one connector's connections.
pub(super) struct ConnectorSettings {
    pub(super) limits: Arc<Limits>,
    /// The enforced limits: the same, or eight times their values in a dry run.
    pub(super) enforced: Limits,
    /// The settings of its session machines, with the schemas of the moment.
    session: Mutex<Arc<ServerSettings>>,
    pub(super) codec: Arc<dyn Codec>,
    /// The codec, if one of its halves waits.
    pub(super) coder: Option<AsyncOverride>,
    /// Its clients have no heartbeats.
    pub(super) without_heartbeats: bool,
    /// The heartbeats of links that have some of their own.
    #[cfg(feature = "sio")]
    pub(super) heartbeat_of_links: Option<crate::link::Heartbeat>,
    /// The codes of routes, if the codec's messages can carry them.
    pub(super) dictionary: Option<Arc<Dictionary>>,
    /// When messages leave; `None` for at once.
    pub(super) schedule: Option<Arc<Schedule>>,
    /// The outcomes of its handshakes.
    pub(super) agreements: Agreements,
    /// The counts of its connections: with others, unless the connector has limits of its
    /// own.
    pub(super) admissions: Arc<Admissions>,
    /// How much all connections of the server may hold.
    pub(super) held_limit: Arc<HeldLimit>,
    /// It was logged that clients are not asked who they are.
    unasked: Once,
}

impl ConnectorSettings {
    /// Returns the settings of a connector: its own ones, then the server's.
    pub(super) fn new(server: &ServerInner, own: Option<&Config>, codec: Arc<dyn Codec>) -> Self {
        let config = own.map_or_else(|| server.config.clone(), |own| own.or(&server.config));
        let admissions = match own {
            Some(own) if own.has_limits() => Arc::new(server.admissions.with_own_limits()),
            _ => server.admissions.clone(),
        };
        let limits = Arc::new(config.get_limits());
        let enforced = limits.enforced();
        let held_limit = HeldLimit::new(&server.dispatcher.held, enforced.call_bytes_in_all);
        let coder = AsyncOverride::of(&*codec).cloned();
        let negotiable = codec.is_negotiable();
        let dictionary = server.dictionary.clone().filter(|_| negotiable);
        let formats = if negotiable { server.formats.clone() } else { Vec::new() };
        let session = ServerSettings {
            heartbeat: config.get_heartbeat(),
            timeout: config.get_heartbeat_timeout(),
            idle: config.get_idle_timeout(),
            longest_handshake: Some(enforced.handshake_body),
            dictionary: dictionary.as_ref().and_then(|dictionary| dictionary.names().cloned()),
            formats,
            details: Details::new(ServerExtras {
                serializer: config.get_serializer(),
                compress_from: config.get_compress_from(),
                ..server.extras.clone()
            }),
        };
        Self {
            limits,
            enforced,
            session: Mutex::new(session.into()),
            codec,
            coder,
            without_heartbeats: config.get_heartbeat().is_none(),
            #[cfg(feature = "sio")]
            heartbeat_of_links: config.heartbeat_of_links(),
            dictionary,
            schedule: Some(config.get_push_schedule())
                .filter(|schedule| !schedule.is_direct())
                .map(Arc::new),
            agreements: Agreements::new(config.get_compress_from()),
            admissions,
            held_limit: Arc::new(held_limit),
            unasked: Once::new(),
        }
    }

    /// Logs, once, that a session of this connector has opened without a handshake, if the
    /// server has a hook that decides about those.
    pub(super) fn note_unasked(&self, server: &ServerInner, transport: &str) {
        if !server.hooks.handshake.is_empty() {
            self.unasked.call_once(|| {
                tracing::warn!(
                    transport,
                    "clients of this connector come in without a handshake, so that no handshake \
                     hook is asked: check who they are in a filter or a handler"
                );
            });
        }
    }

    /// Returns the settings of a new connection's session machine.
    pub(super) fn session(&self, schemas: &CurrentSchemas) -> Arc<ServerSettings> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let current = schemas.get().filter(|_| self.codec.is_negotiable());
        let extras = session.details.get::<ServerExtras>();
        let same = match (extras.and_then(|extras| extras.schemas.as_ref()), &current) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        if !same {
            let extras = extras.cloned().unwrap_or_default();
            let details = Details::new(ServerExtras { schemas: current, ..extras });
            *session = Arc::new(ServerSettings { details, ..(**session).clone() });
        }
        session.clone()
    }
}

/// Logs that a connector's clients get neither codes nor schemas, if the server has some and
/// the connector's codec was replaced by one that cannot carry them.
pub(super) fn note_codec(server: &ServerInner, address: Option<&Address>, codec: &dyn Codec) {
    let negotiates = server.dictionary.is_some() || server.schemas.get().is_some();
    if negotiates && replaces_negotiable(codec) {
        tracing::warn!(
            ?address,
            "clients of this connector get no codes of routes and no schemas, since it replaces \
             how messages are encoded or decoded"
        );
    }
}
