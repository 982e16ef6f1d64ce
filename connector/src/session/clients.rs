//! Clients' descriptions of themselves, shared among sessions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use connector_protocol::session::ClientProfile;

/// The last client's profile. The clients of an application mostly send equal profiles,
/// which take more memory than most of a session, so a session shares the one of the
/// client before it if they are equal.
#[derive(Debug, Default)]
pub(super) struct Clients(Mutex<Weak<ClientProfile>>);

impl Clients {
    /// Returns the profile, shared with the last client if that sent an equal one.
    pub(super) fn share(&self, profile: ClientProfile) -> Arc<ClientProfile> {
        let last = self.lock().upgrade();
        // Not under the lock: details of other protocols are compared by anybody's code.
        if let Some(same) = last.filter(|last| **last == profile) {
            return same;
        }
        let profile = Arc::new(profile);
        *self.lock() = Arc::downgrade(&profile);
        profile
    }

    fn lock(&self) -> MutexGuard<'_, Weak<ClientProfile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use connector_protocol::session::Details;

    use super::*;

    /// Details whose comparison asks the same clients again.
    #[derive(Debug)]
    struct Asks(Arc<Clients>);

    impl PartialEq for Asks {
        fn eq(&self, _: &Self) -> bool {
            self.0.share(ClientProfile::default());
            true
        }
    }

    #[test]
    fn details_are_compared_without_a_lock() {
        let (told, shared) = mpsc::channel();
        thread::spawn(move || {
            let clients = Arc::<Clients>::default();
            let share = || {
                let details = Details::new(Asks(clients.clone()));
                clients.share(ClientProfile { details, ..<_>::default() })
            };
            told.send(Arc::ptr_eq(&share(), &share())).unwrap();
        });
        // The first one is gone when the second comes, unless it is held.
        assert!(shared.recv_timeout(Duration::from_secs(60)).is_ok(), "it waits for itself");
    }

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
