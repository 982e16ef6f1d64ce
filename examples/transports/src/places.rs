//! The places in memory of this program.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector::transport::{Memory, MemoryDialer};
use connector::{Dial, DialError, Peer};
use tokio::io::DuplexStream;

/// The listeners in memory of this program by their names, and a dialer to them:
/// `memory:NAME`. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Places(Arc<Mutex<HashMap<String, MemoryDialer>>>);

impl Places {
    /// Makes a listener of this name. A later one takes its place.
    pub fn listener(&self, name: &str) -> Memory {
        let memory = Memory::new(name);
        self.lock().insert(name.to_owned(), memory.dialer());
        memory
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, MemoryDialer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dial for Places {
    type Io = DuplexStream;

    async fn connect(&self, url: &str) -> Result<(DuplexStream, Peer), DialError> {
        let name = url.strip_prefix("memory:").unwrap_or(url);
        let dialer = self.lock().get(name).cloned();
        let problem = "nobody in this program listens there";
        let dialer = dialer.ok_or_else(|| DialError::Url { url: url.to_owned(), problem })?;
        dialer.connect(url).await
    }
}
