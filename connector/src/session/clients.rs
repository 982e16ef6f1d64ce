//! What clients say about themselves.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use connector_protocol::session::ClientProfile;

/// What the last client said. The clients of one application say the same, and
/// it takes more memory than most of a session: those that agree with the one
/// before them share it.
#[derive(Debug, Default)]
pub(super) struct Clients(Mutex<Weak<ClientProfile>>);

impl Clients {
    /// The same, shared with the last client if that said it too.
    pub(super) fn share(&self, said: ClientProfile) -> Arc<ClientProfile> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = last.upgrade().filter(|last| **last == said) {
            return same;
        }
        let said = Arc::new(said);
        *last = Arc::downgrade(&said);
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_say_the_same_share_it() {
        let clients = Clients::default();
        let said =
            |version: &str| ClientProfile { version: Some(version.into()), ..<_>::default() };
        let (one, two) = (clients.share(said("1")), clients.share(said("1")));
        assert!(Arc::ptr_eq(&one, &two));
        assert_eq!(*clients.share(said("2")), said("2"));
        drop((one, two));
        assert_eq!(*clients.share(said("1")), said("1"));
    }
}
