//! What servers tell the [`metrics`](https://docs.rs/metrics) facade; of plugins
//! and their engines, the limits that their connections reach.
//!
//! | name | kind | what |
//! |---|---|---|
//! | [`CONNECTIONS`] | gauge | connections, those that still shake hands among them |
//! | [`CONNECTIONS_ACCEPTED`] | counter | connections that were let in |
//! | [`CONNECTIONS_CLOSED`] | counter | those that ended, by `reason`: [`CloseReason::name`] |
//! | [`ACCEPTS_FAILED`] | counter | accepts that failed, as for want of descriptors |
//! | [`SESSIONS`] | gauge | open sessions |
//! | [`MESSAGES_RECEIVED`] | counter | messages of clients |
//! | [`LIMIT_REACHED`] | counter | limits that were reached, by `limit`: [`Limit::name`]; see [`Limits`](crate::Limits) |
//!
//! Messages are told at most once a second and connection, when the next one
//! comes and when it ends. Nothing else here is told by a message that is
//! within its limits. Without the feature `metrics` nothing is told.

use connector_protocol::{CloseReason, Limit};

/// Connections, those that still shake hands among them.
pub const CONNECTIONS: &str = "connector_connections";
/// Connections that were let in.
pub const CONNECTIONS_ACCEPTED: &str = "connector_connections_accepted_total";
/// Connections that ended, by `reason`.
pub const CONNECTIONS_CLOSED: &str = "connector_connections_closed_total";
/// Accepts that failed.
pub const ACCEPTS_FAILED: &str = "connector_accepts_failed_total";
/// Open sessions.
pub const SESSIONS: &str = "connector_sessions";
/// Messages of clients.
pub const MESSAGES_RECEIVED: &str = "connector_messages_received_total";
/// Limits that were reached, by `limit`.
pub const LIMIT_REACHED: &str = "connector_limit_reached_total";

/// One of those that a gauge counts, as long as it is there.
#[derive(Debug)]
pub(crate) enum Counted {
    Connection,
    Session,
}

impl Counted {
    pub(crate) fn connection() -> Self {
        facade::change(CONNECTIONS, 1.0);
        Self::Connection
    }

    pub(crate) fn session() -> Self {
        facade::change(SESSIONS, 1.0);
        Self::Session
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let gauge = match self {
            Self::Connection => CONNECTIONS,
            Self::Session => SESSIONS,
        };
        facade::change(gauge, -1.0);
    }
}

pub(crate) fn accepted() {
    facade::count(CONNECTIONS_ACCEPTED, 1);
}

pub(crate) fn accept_failed() {
    facade::count(ACCEPTS_FAILED, 1);
}

pub(crate) fn closed(reason: &CloseReason) {
    facade::count_by(CONNECTIONS_CLOSED, "reason", reason.name());
}

pub(crate) fn received(messages: u32) {
    facade::count(MESSAGES_RECEIVED, messages.into());
}

pub(crate) fn reached(limit: Limit) {
    facade::count_by(LIMIT_REACHED, "limit", limit.name());
}

#[cfg(feature = "metrics")]
mod facade {
    use ::metrics::{counter, gauge};

    pub(super) fn change(name: &'static str, by: f64) {
        gauge!(name).increment(by);
    }

    pub(super) fn count(name: &'static str, by: u64) {
        counter!(name).increment(by);
    }

    pub(super) fn count_by(name: &'static str, label: &'static str, value: &'static str) {
        counter!(name, label => value).increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
mod facade {
    pub(super) fn change(_: &'static str, _: f64) {}

    pub(super) fn count(_: &'static str, _: u64) {}

    pub(super) fn count_by(_: &'static str, _: &'static str, _: &'static str) {}
}
