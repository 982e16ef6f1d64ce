//! The application's hook for connections that have opened.

use std::fmt;
use std::sync::Arc;

use connector_protocol::CloseReason;

use super::driver::Driver;
use super::error::BoxError;
use super::live::Live;
use super::pending::End;
use super::{Client, ConnectError};
use crate::runtime::{self, BoxFuture, isolate_future};
use crate::{MaybeSend, MaybeSync};

/// The hook for connections that have opened, if there is one.
#[derive(Clone, Default)]
pub(super) struct OnOpen(Option<Arc<dyn Hook>>);

trait Hook: MaybeSend + MaybeSync {
    fn call(&self, client: Client) -> BoxFuture<'_, Result<(), BoxError>>;
}

struct HookBy<F>(F);

impl<F, U, E> Hook for HookBy<F>
where
    F: Fn(Client) -> U + MaybeSend + MaybeSync,
    U: Future<Output = Result<(), E>> + MaybeSend,
    E: Into<BoxError>,
{
    fn call(&self, client: Client) -> BoxFuture<'_, Result<(), BoxError>> {
        let Self(hook) = self;
        Box::pin(async move { hook(client).await.map_err(Into::into) })
    }
}

impl OnOpen {
    pub(super) fn by<F, U, E>(hook: F) -> Self
    where
        F: Fn(Client) -> U + MaybeSend + MaybeSync + 'static,
        U: Future<Output = Result<(), E>> + MaybeSend + 'static,
        E: Into<BoxError>,
    {
        Self(Some(Arc::new(HookBy(hook))))
    }

    /// Serves a connection until the hook has returned, which gets the handle that `client`
    /// makes.
    pub(super) async fn run(
        &self,
        mut driver: Driver,
        client: impl FnOnce(Arc<Live>) -> Client,
    ) -> Result<Driver, ConnectError> {
        let Some(hook) = &self.0 else { return Ok(driver) };
        let mut unfinished =
            Unfinished { live: driver.live.clone(), end: Some(CloseReason::Requested) };
        let client = client(driver.live.clone());
        let called =
            isolate_future("a hook for open connections", async { hook.call(client).await });
        let (error, reason) = tokio::select! {
            biased;
            called = called => match called {
                Some(Ok(())) => {
                    unfinished.end = None;
                    return Ok(driver);
                }
                Some(Err(error)) => (ConnectError::Hook(error), CloseReason::Requested),
                None => (CloseReason::Panicked.into(), CloseReason::Panicked),
            },
            reason = driver.run() => (reason.clone().into(), reason),
        };
        unfinished.end = Some(reason.clone());
        // Nobody waits for it.
        runtime::spawn(async move { driver.close(&reason).await });
        Err(error)
    }
}

impl fmt::Debug for OnOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "a hook" } else { "none" })
    }
}

/// A connection whose hook has not returned. Unless it does, what waits for the connection
/// fails when this is dropped.
struct Unfinished {
    live: Arc<Live>,
    end: Option<CloseReason>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(reason) = self.end.take() {
            self.live.end(End { reason, is_last: false });
        }
    }
}
