//! The application's data in the handshake.

use std::fmt;
use std::sync::Arc;

use connector_protocol::CloseReason;
use serde_json::Value;

use super::ConnectError;
use super::error::BoxError;
use crate::runtime::{BoxFuture, isolate_future};
use crate::{MaybeSend, MaybeSync};

/// The application's data in the handshake, such as a token.
#[derive(Clone, Default)]
pub(super) struct User(Option<Arc<dyn Source>>);

/// Makes the data of each handshake.
trait Source: MaybeSend + MaybeSync {
    fn next(&self) -> BoxFuture<'_, Result<Value, BoxError>>;
}

struct SourceBy<F>(F);

impl<F, U, T, E> Source for SourceBy<F>
where
    F: Fn() -> U + MaybeSend + MaybeSync,
    U: Future<Output = Result<T, E>> + MaybeSend,
    T: Into<Value>,
    E: Into<BoxError>,
{
    fn next(&self) -> BoxFuture<'_, Result<Value, BoxError>> {
        let Self(make) = self;
        Box::pin(async move { make().await.map(Into::into).map_err(Into::into) })
    }
}

impl User {
    pub(super) fn by<F, U, T, E>(make: F) -> Self
    where
        F: Fn() -> U + MaybeSend + MaybeSync + 'static,
        U: Future<Output = Result<T, E>> + MaybeSend + 'static,
        T: Into<Value>,
        E: Into<BoxError>,
    {
        Self(Some(Arc::new(SourceBy(make))))
    }

    /// Returns the data for the next handshake. `None` if it is the same each time.
    pub(super) async fn next(&self) -> Result<Option<Value>, ConnectError> {
        let Some(source) = &self.0 else { return Ok(None) };
        let next = isolate_future("a function of the user's data", async { source.next().await });
        match next.await {
            Some(user) => user.map(Some).map_err(ConnectError::User),
            None => Err(CloseReason::Panicked.into()),
        }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "made for each handshake" } else { "none" })
    }
}
