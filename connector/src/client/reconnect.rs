//! The policy of connecting again.

use std::time::Duration;

use connector_protocol::CloseReason;

use crate::runtime::Backoff;

/// The time after which a connection counts as one that works: the waits and the count of
/// attempts begin anew when it is lost.
const STEADY: Duration = Duration::from_secs(10);

/// The policy by which a [`Client`](super::Client) connects again when its connection is lost:
/// the waits between attempts, and when it gives up.
///
/// The default waits half a second before the first attempt and about twice as long before
/// each further one, up to 30 seconds. A random part of each wait is left out, so that the
/// clients of a server that restarts do not come all at once. It never gives up. The count
/// and the waits begin anew once a connection has lasted for 10 seconds.
///
/// No policy connects again after [`Client::close`](super::Client::close), after a panic in
/// the client's codec, and, unless it is told to, after a kick, after a handshake that the
/// server refuses, and after a failure of TLS that does not pass by itself, such as a
/// certificate that has expired.
///
/// ```
/// use std::time::Duration;
///
/// use connector::client::{Client, Reconnect};
///
/// let policy = Reconnect::new().attempts(20).give_up_after(Duration::from_secs(300));
/// let builder = Client::builder().reconnect(policy);
/// # let _ = builder;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a policy does nothing until it is given to a builder"]
pub struct Reconnect {
    first_wait: Duration,
    longest_wait: Duration,
    jitter: bool,
    attempts: u32,
    give_up_after: Duration,
    steady: Duration,
    after_kick: bool,
    after_refusal: bool,
    after_tls_failure: bool,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            jitter: true,
            attempts: u32::MAX,
            give_up_after: Duration::MAX,
            steady: STEADY,
            after_kick: false,
            after_refusal: false,
            after_tls_failure: false,
        }
    }
}

impl Reconnect {
    /// Creates the default policy.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates the policy that never connects again: the first end is the last one.
    pub fn never() -> Self {
        Self { attempts: 0, ..Self::default() }
    }

    /// Creates the policy of pomelo's browser client: waits of exactly 5, 10, 20 .. seconds,
    /// and 10 attempts, which begin anew with each connection that opens. Unlike that client
    /// it does not connect again after a kick.
    pub fn pomelo() -> Self {
        Self {
            first_wait: Duration::from_secs(5),
            longest_wait: Duration::MAX,
            attempts: 10,
            steady: Duration::ZERO,
            ..Self::default().without_jitter()
        }
    }

    /// Sets the wait before the first attempt, which a random part of at most a half is added
    /// to. Default: half a second.
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }

    /// Sets the longest wait, of which a random part of at most a third is left out. Default:
    /// 30 seconds.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// Turns the random part of waits off. They are then exactly the first one and its doubles,
    /// also for many clients of one server, which it may not bear.
    pub fn without_jitter(mut self) -> Self {
        self.jitter = false;
        self
    }

    /// Sets how many attempts may fail in a row. Then the client closes. Default: no limit.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the time after the loss of a connection in which another one has to open. Then
    /// the client closes. Default: no limit.
    pub fn give_up_after(mut self, time: Duration) -> Self {
        self.give_up_after = time;
        self
    }

    /// Also connects again after a kick. Pomelo's servers send no kick without a reason: they
    /// close, and a client connects again.
    pub fn after_kick(mut self) -> Self {
        self.after_kick = true;
        self
    }

    /// Also connects again when the server refuses the handshake, or the WebSocket upgrade
    /// with a status that stays the same, such as 401. See
    /// [`ClientBuilder::user_with`](super::ClientBuilder::user_with) for tokens that expire.
    pub fn after_refusal(mut self) -> Self {
        self.after_refusal = true;
        self
    }

    /// Also connects again when TLS fails for a reason that somebody has to remove: a
    /// certificate of the server that is not trusted, is for another name or has expired, one
    /// of the client's that the server does not accept, no version in common. See
    /// [`TlsError::is_passing`](crate::protocol::TlsError::is_passing). It is for clients that
    /// nobody starts again when the server's certificate has been renewed.
    pub fn after_tls_failure(mut self) -> Self {
        self.after_tls_failure = true;
        self
    }

    pub(super) fn backoff(&self) -> Backoff {
        let backoff = Backoff::new(self.first_wait, self.longest_wait, self.attempts);
        if self.jitter { backoff } else { backoff.without_jitter() }
    }

    /// Returns the time after which a connection counts as one that works.
    pub(super) fn steady(&self) -> Duration {
        self.steady
    }

    /// Returns the time left for attempts. `None` if there is none.
    pub(super) fn time_left(&self, since: Duration) -> Option<Duration> {
        self.give_up_after.checked_sub(since).filter(|left| !left.is_zero())
    }

    /// Returns whether another attempt may help after this end.
    pub(super) fn helps_after(&self, reason: &CloseReason) -> bool {
        match reason {
            CloseReason::Requested | CloseReason::Panicked => false,
            CloseReason::Kicked(_) => self.after_kick,
            CloseReason::Refused(_) => self.after_refusal,
            // A program that has done what it had to do.
            CloseReason::Exited(exit) => !exit.is_success(),
            // Too early, too many, or the server's own trouble pass by themselves.
            CloseReason::UpgradeRefused(response) => {
                self.after_refusal || matches!(response.status, 408 | 425 | 429 | 500..)
            }
            CloseReason::Tls(error) => self.after_tls_failure || error.is_passing(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::TlsError;
    use crate::protocol::http::Response;

    fn upgrade(status: u16) -> CloseReason {
        CloseReason::UpgradeRefused(Box::new(Response {
            status,
            minor_version: 1,
            headers: Vec::new(),
            body: Vec::new(),
        }))
    }

    fn tls(error: TlsError) -> CloseReason {
        CloseReason::Tls(Box::new(error))
    }

    #[test]
    fn ends_that_last_are_told_from_those_that_pass() {
        let policy = Reconnect::new();
        let kicked = CloseReason::Kicked(Some("enough".into()));
        let passing = [CloseReason::PeerClosed, CloseReason::HeartbeatTimeout, upgrade(503)];
        let broken = [
            TlsError::Closed,
            TlsError::Failed("cannot decrypt peer's message".into()),
            TlsError::Alert("InternalError".into()),
        ];
        let passing = passing.into_iter().chain([408, 425, 429].map(upgrade));
        for reason in passing.chain(broken.map(tls)) {
            assert!(policy.helps_after(&reason), "{reason}");
        }
        let lasting = [
            kicked.clone(),
            CloseReason::Refused(501),
            upgrade(401),
            upgrade(301),
            tls(TlsError::UnknownIssuer),
            tls(TlsError::Expired(String::new())),
            tls(TlsError::NotYetValid(String::new())),
            tls(TlsError::WrongName("game.example".into())),
            tls(TlsError::BadCertificate("Revoked".into())),
            tls(TlsError::Incompatible("no versions in common".into())),
            tls(TlsError::Alert("CertificateRequired".into())),
            tls(TlsError::Alert("ProtocolVersion".into())),
        ];
        for reason in &lasting {
            assert!(!policy.helps_after(reason), "{reason}");
        }
        let stubborn = policy.after_kick().after_refusal().after_tls_failure();
        for reason in &lasting {
            assert!(stubborn.helps_after(reason), "{reason}");
        }
        assert!(!stubborn.helps_after(&CloseReason::Requested));
        assert!(!stubborn.helps_after(&CloseReason::Panicked));
    }

    #[test]
    fn waits_are_from_half_a_second_to_thirty() {
        let mut backoff = Reconnect::new().backoff();
        let waits: Vec<_> = (0..20).map(|_| backoff.attempt()).collect();
        assert!(waits[0] >= Duration::from_millis(500) && waits[0] <= Duration::from_millis(750));
        assert!(waits[19] >= Duration::from_secs(20) && waits[19] <= Duration::from_secs(30));
        assert!(!backoff.is_spent());
        assert!(Reconnect::never().backoff().is_spent());
    }
}
