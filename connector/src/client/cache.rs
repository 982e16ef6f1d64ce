//! The caches of handshakes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use connector_protocol::pomelo::handshake::{Cached, Response};
use connector_protocol::session::Welcome;

use crate::runtime::isolate;
use crate::{MaybeSend, MaybeSync};

/// A store of what a client keeps of its server's handshakes: the dictionary, and the schemas
/// of pomelo-protobuf. The client sends their versions, and a server that still has the same
/// does not send them again.
///
/// By default they are kept in memory, for the client's next connections. One that keeps them
/// elsewhere is set by [`ClientBuilder::handshake_cache`]. It is for one server: what belongs
/// to another does no harm, but is replaced each time.
///
/// ```
/// use std::path::PathBuf;
///
/// use connector::client::{Client, HandshakeCache};
/// use connector::protocol::pomelo::handshake::Cached;
///
/// struct File(PathBuf);
///
/// impl HandshakeCache for File {
///     fn load(&self) -> Cached {
///         // What is not there, or cannot be read, is sent by the server.
///         std::fs::read(&self.0).map_or_else(|_| Cached::default(), |text| Cached::parse(&text))
///     }
///
///     fn store(&self, cached: &Cached) {
///         let _ = std::fs::write(&self.0, cached.encode());
///     }
/// }
///
/// let builder = Client::builder().handshake_cache(File("server.json".into()));
/// # drop(builder);
/// ```
///
/// Both methods are called once in a handshake at most, and the connection waits for them.
///
/// [`ClientBuilder::handshake_cache`]: super::ClientBuilder::handshake_cache
pub trait HandshakeCache: MaybeSend + MaybeSync + 'static {
    /// Returns what was stored last, or nothing.
    fn load(&self) -> Cached;

    /// Stores what a handshake had in it. Called only if that is not what was loaded.
    fn store(&self, cached: &Cached);
}

/// The cache of a builder and its clones.
#[derive(Clone)]
pub(super) struct SharedCache(Arc<dyn HandshakeCache>);

impl SharedCache {
    pub(super) fn new(cache: impl HandshakeCache) -> Self {
        Self(Arc::new(cache))
    }

    /// Returns what is in the cache. Nothing if it panics.
    pub(super) fn load(&self) -> Cached {
        isolate("a cache of handshakes", || self.0.load()).unwrap_or_default()
    }

    /// Stores the parts of a handshake that are new.
    pub(super) fn update(&self, known: &Cached, welcome: &Welcome) {
        let Some(Response { sys: Some(info), .. }) = welcome.details.get() else { return };
        let Cached { dictionary, protos } = Cached::of_server(info);
        let cached = Cached {
            dictionary: dictionary.or_else(|| known.dictionary.clone()),
            protos: protos.or_else(|| known.protos.clone()),
        };
        if cached != *known {
            isolate("a cache of handshakes", || self.0.store(&cached));
        }
    }
}

impl Default for SharedCache {
    fn default() -> Self {
        Self::new(InMemory::default())
    }
}

impl fmt::Debug for SharedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedCache").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct InMemory(Mutex<Cached>);

impl HandshakeCache for InMemory {
    fn load(&self) -> Cached {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn store(&self, cached: &Cached) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = cached.clone();
    }
}
