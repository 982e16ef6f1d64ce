//! A server's heartbeats, in the manner of each dialect.
//!
//! | | pomelo's | pitaya's |
//! |---|---|---|
//! | sent | at the ack, and as the answer to each heartbeat of the client | by a timer, once an interval |
//! | life | a heartbeat | any package |
//! | dropped | when none came for the timeout | at the first sending after the timeout |
//! | interval | none, or any time | whole seconds, at least one |
//!
//! Pitaya's clients send theirs by a timer too, so a server that answered each would send
//! twice as many. Its client in Go fails at an interval of zero or of half a second, so a
//! server without heartbeats announces a day. Source: pitaya 3.0.0-beta.6.

use std::time::Duration;

use crate::session::ServerSettings;

/// The interval that pitaya's clients are told by a server without heartbeats.
const NONE: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the interval of pomelo's heartbeats, if they are on.
pub(super) fn interval(settings: &ServerSettings) -> Option<Duration> {
    settings.heartbeat.filter(|interval| !interval.is_zero())
}

/// Returns the time for which a client may be silent, if heartbeats are on.
pub(super) fn timeout(settings: &ServerSettings) -> Option<Duration> {
    let interval = interval(settings)?;
    let timeout = settings.timeout.filter(|timeout| !timeout.is_zero());
    Some(timeout.unwrap_or_else(|| interval.saturating_mul(2)))
}

/// Returns the time for which a client of pomelo's may be silent: without a heartbeat, or
/// without any byte if heartbeats are off.
pub(super) fn silence(settings: &ServerSettings) -> Option<Duration> {
    match interval(settings) {
        Some(_) => timeout(settings),
        None => settings.idle.filter(|idle| !idle.is_zero()),
    }
}

/// Returns the interval of pitaya's heartbeats.
pub(super) fn pitaya_interval(settings: &ServerSettings) -> Duration {
    let Some(interval) = interval(settings) else { return NONE };
    let part = u64::from(interval.subsec_nanos() > 0);
    Duration::from_secs(interval.as_secs().saturating_add(part))
}

/// Returns whether a client of pitaya is dropped that was silent for so many intervals. Only
/// the last of them may have been shorter.
pub(super) fn is_silent(settings: &ServerSettings, intervals: u8) -> bool {
    let Some(timeout) = timeout(settings) else { return false };
    let whole = pitaya_interval(settings).saturating_mul(intervals.saturating_sub(1).into());
    whole >= timeout
}
