//! Serving on a thread of its own.

use tokio::sync::oneshot;

use crate::Error;
use crate::at::Program;
use crate::serve::{self, Side};

/// What is served on a thread of its own, with a runtime of its own, until it is stopped or
/// dropped.
#[derive(Debug)]
pub struct Apart {
    /// The URLs by which it is dialled.
    pub urls: Vec<String>,
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<Result<(), Error>>,
}

impl Apart {
    /// Starts to serve, see [`serve::start`].
    ///
    /// # Errors
    /// Returns the error of the thread, of a URL, or of a place.
    pub async fn start(side: Side, urls: Vec<String>, program: &Program) -> Result<Self, Error> {
        let (stop, stopped) = oneshot::channel();
        let (starts, started) = oneshot::channel();
        let (ends, ended) = oneshot::channel();
        let program = program.clone();
        let serve = async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            let served = serve::start(side, &urls, &program, shutdown).await;
            // Whoever waits for it may have gone: then it stops at once.
            match served {
                Ok(served) => {
                    let _ = starts.send(Ok(served.urls));
                    let _ = ends.send(served.serving.await);
                }
                Err(error) => _ = starts.send(Err(error)),
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().spawn(move || runtime.block_on(serve))?;
        let urls = started.await??;
        Ok(Self { urls, stop, ended })
    }

    /// Stops it, and waits for its end.
    ///
    /// # Errors
    /// Returns the error with which it has ended.
    pub async fn stop(self) -> Result<(), Error> {
        drop(self.stop);
        self.ended.await?
    }
}
