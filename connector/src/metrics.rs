//! The names of the metrics that servers record with the
//! [`metrics`](https://docs.rs/metrics) facade.
//!
//! | name | kind | meaning |
//! |---|---|---|
//! | [`CONNECTIONS`] | gauge | open connections, including those in the handshake |
//! | [`CONNECTIONS_ACCEPTED`] | counter | admitted connections |
//! | [`CONNECTIONS_CLOSED`] | counter | ended connections, by `reason`: [`CloseReason::name`] |
//! | [`HOSTS_REFUSED`] | counter | connections of hosts that are blocked, or that a host filter refused |
//! | [`CALL_SECONDS`] | histogram | durations of calls behind the filter [`Time`](crate::handler::filters::Time), by `route` and `code` |
//! | [`ACCEPTS_FAILED`] | counter | failed accepts, such as for a lack of file descriptors |
//! | [`DATAGRAMS_DROPPED`] | counter | datagrams that no session of a UDP port got, by `cause`: `unknown` for an address without one, `full` where too many wait |
//! | [`JUNK_LINES`] | counter | pieces of what is not a message on links of lines to plugins and engines |
//! | [`SESSIONS`] | gauge | open sessions |
//! | [`MESSAGES_RECEIVED`] | counter | messages of clients |
//! | [`CALL_BYTES`] | gauge | bytes of messages whose calls run or wait, in steps of 1 KiB a session |
//! | [`LIMIT_REACHED`] | counter | limits that were reached, by `limit`: [`Limit::name`] (see [`Limits`](crate::Limits)) |
//!
//! A served plugin records the first two, [`ACCEPTS_FAILED`] and [`LIMIT_REACHED`], other
//! connections of plugins and engines only [`LIMIT_REACHED`].
//!
//! Each connection records its messages at most once a second, with the first message
//! after that second, and when it ends. A message within all limits records nothing
//! else. Without the feature `metrics` nothing is recorded.

use std::time::Duration;

use connector_protocol::{CloseReason, Limit};

/// Open connections, including those in the handshake.
pub const CONNECTIONS: &str = "connector_connections";
/// Admitted connections.
pub const CONNECTIONS_ACCEPTED: &str = "connector_connections_accepted_total";
/// Ended connections, by `reason`.
pub const CONNECTIONS_CLOSED: &str = "connector_connections_closed_total";
/// Connections of hosts that are blocked, or that a host filter refused.
pub const HOSTS_REFUSED: &str = "connector_hosts_refused_total";
/// Durations of calls, by `route` and `code`.
pub const CALL_SECONDS: &str = "connector_call_seconds";
/// Failed accepts.
pub const ACCEPTS_FAILED: &str = "connector_accepts_failed_total";
/// Datagrams that no session of a UDP port got, by `cause`.
pub const DATAGRAMS_DROPPED: &str = "connector_datagrams_dropped_total";
/// Pieces of what is not a message on links of lines, see
/// [`LineLink`](crate::plugin::LineLink).
#[cfg(feature = "plugin")]
pub const JUNK_LINES: &str = "connector_junk_lines_total";
/// Open sessions.
pub const SESSIONS: &str = "connector_sessions";
/// Messages of clients.
pub const MESSAGES_RECEIVED: &str = "connector_messages_received_total";
/// Bytes that sessions hold, see [`Limits::call_bytes_in_all`](crate::Limits), in steps of 1 KiB
/// a session, and of bodies of socket.io that are on their way.
pub const CALL_BYTES: &str = "connector_call_bytes";
/// Limits that were reached, by `limit`.
pub const LIMIT_REACHED: &str = "connector_limit_reached_total";

/// A guard of one connection in its gauge, until it is dropped.
#[derive(Debug)]
pub(crate) struct GaugeGuard(());

impl GaugeGuard {
    pub(crate) fn connection() -> Self {
        facade::change(CONNECTIONS, 1.0);
        Self(())
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        facade::change(CONNECTIONS, -1.0);
    }
}

pub(crate) fn session_opened() {
    facade::change(SESSIONS, 1.0);
}

pub(crate) fn session_ended() {
    facade::change(SESSIONS, -1.0);
}

pub(crate) fn accepted() {
    facade::count(CONNECTIONS_ACCEPTED, 1);
}

pub(crate) fn host_refused() {
    facade::count(HOSTS_REFUSED, 1);
}

pub(crate) fn call_took(route: &'static str, code: u16, took: Duration) {
    facade::time(CALL_SECONDS, route, code, took);
}

pub(crate) fn accept_failed() {
    facade::count(ACCEPTS_FAILED, 1);
}

#[cfg(not(target_family = "wasm"))]
pub(crate) fn datagram_dropped(cause: &'static str) {
    facade::count_by(DATAGRAMS_DROPPED, "cause", cause);
}

#[cfg(feature = "plugin")]
pub(crate) fn junk_line() {
    facade::count(JUNK_LINES, 1);
}

pub(crate) fn closed(reason: &CloseReason) {
    facade::count_by(CONNECTIONS_CLOSED, "reason", reason.name());
}

pub(crate) fn received(messages: u32) {
    if messages > 0 {
        facade::count(MESSAGES_RECEIVED, messages.into());
    }
}

pub(crate) fn call_bytes_changed(by: f64) {
    facade::change(CALL_BYTES, by);
}

pub(crate) fn limit_reached(limit: Limit) {
    facade::count_by(LIMIT_REACHED, "limit", limit.name());
}

#[cfg(feature = "metrics")]
mod facade {
    use std::time::Duration;

    use ::metrics::{counter, gauge, histogram};

    pub(super) fn change(name: &'static str, by: f64) {
        gauge!(name).increment(by);
    }

    pub(super) fn count(name: &'static str, by: u64) {
        counter!(name).increment(by);
    }

    pub(super) fn count_by(name: &'static str, label: &'static str, value: &'static str) {
        counter!(name, label => value).increment(1);
    }

    pub(super) fn time(name: &'static str, route: &'static str, code: u16, took: Duration) {
        histogram!(name, "route" => route, "code" => code.to_string()).record(took.as_secs_f64());
    }
}

#[cfg(not(feature = "metrics"))]
mod facade {
    pub(super) fn change(_: &'static str, _: f64) {}

    pub(super) fn count(_: &'static str, _: u64) {}

    pub(super) fn count_by(_: &'static str, _: &'static str, _: &'static str) {}

    pub(super) fn time(_: &'static str, _: &'static str, _: u16, _: std::time::Duration) {}
}
