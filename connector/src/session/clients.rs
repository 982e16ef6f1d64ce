//! Clients' descriptions of themselves, shared among sessions.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use connector_protocol::session::ClientProfile;

/// The last client's profile. The clients of an application mostly send equal profiles,
/// which take more memory than most of a session, so a session shares the one of the
/// client before it if they are equal.
#[derive(Debug, Default)]
pub(super) struct Clients(Mutex<Weak<ClientProfile>>);

impl Clients {
    /// Returns the profile, shared with the last client if that sent an equal one.
    pub(super) fn share(&self, profile: ClientProfile) -> Arc<ClientProfile> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = last.upgrade().filter(|last| **last == profile) {
            return same;
        }
        let profile = Arc::new(profile);
        *last = Arc::downgrade(&profile);
        profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_profiles_are_shared() {
        let clients = Clients::default();
        let said =
            |version: &str| ClientProfile { version: Some(version.into()), ..<_>::default() };
        let one = clients.share(said("1"));
        let two = clients.share(said("1"));
        assert!(Arc::ptr_eq(&one, &two));
        assert_eq!(*clients.share(said("2")), said("2"));
        drop((one, two));
        assert_eq!(*clients.share(said("1")), said("1"));
    }
}
