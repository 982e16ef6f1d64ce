//! A relay that may lose its connections.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A relay in front of a server.
pub(crate) struct Relay {
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Relay {
    /// Serves in front of the server at this URL.
    pub(crate) async fn new(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = url.trim_start_matches("mqtt://").to_owned();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let mut far = TcpStream::connect(&server).await.unwrap();
                connections.spawn(async move { copy_bidirectional(&mut near, &mut far).await });
            }
        });
        Self { url: format!("mqtt://{address}"), task }
    }

    /// Loses all connections.
    pub(crate) fn cut(self) {
        self.task.abort();
    }
}
