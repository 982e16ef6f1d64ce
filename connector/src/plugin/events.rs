//! Streams of another plugin's events.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::json::JsonError;
use connector_protocol::remix::Arguments;
use futures_util::Stream;

use super::{EventListener, PluginCaller};
use crate::limits::{NewestLimits, NewestQueue};
use crate::link::queue::Weigh;

/// The events that wait for a slow reader.
const WAITING: NewestLimits = NewestLimits { number: 1_024, bytes: 16 << 20 };

/// The events of another plugin, read as `T`. It is a
/// [`Stream`](https://docs.rs/futures-core/0.3/futures_core/stream/trait.Stream.html), made by
/// the clients of [`remote_plugin`](macro@super::remote_plugin).
///
/// If the reader is slower than the plugin, so that more than 1,024 events or 16 MiB wait, the
/// oldest are dropped, which [`Events::dropped`] counts. It ends with its connection or
/// engine, and does not keep it open. Dropping it removes its listener.
pub struct Events<T> {
    queue: Arc<NewestQueue<Arguments>>,
    read: ReadEvent<T>,
    /// The most values that an event may have.
    values: usize,
    listener: Option<EventListener>,
}

/// Reads the arguments of an event, which have at most so many values.
pub(crate) type ReadEvent<T> = fn(&Arguments, usize) -> Result<T, JsonError>;

/// The end of the stream, which the listener's callback owns.
struct End(Arc<NewestQueue<Arguments>>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Weigh for Arguments {
    fn size(&self) -> usize {
        self.as_payload().as_str().len()
    }
}

impl<T> Events<T> {
    /// Listens to an event of the plugin at `path`, whose arguments `read` reads.
    pub(crate) fn new(
        caller: &impl PluginCaller,
        path: &str,
        event: &str,
        read: ReadEvent<T>,
    ) -> Self {
        let queue = Arc::new(NewestQueue::new(WAITING));
        let end = End(queue.clone());
        let listener = caller.listen_to_plugin(path, event, move |event| end.0.put(event));
        let values = caller.values_of(path);
        Self { queue, read, values, listener: Some(listener) }
    }

    /// Waits for the next event. Returns `None` after the last one, when the connection has
    /// ended.
    ///
    /// # Errors
    /// Returns [`JsonError`] if the event is not a `T`. Later ones can still be read.
    ///
    /// # Cancel safety
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Result<T, JsonError>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Returns the number of events that were dropped because this reader was too slow.
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JsonError>>> {
        self.queue.poll_next(cx).map(|event| Some((self.read)(&event?, self.values)))
    }
}

impl<T> Stream for Events<T> {
    type Item = Result<T, JsonError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}

impl<T> Drop for Events<T> {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.remove();
        }
    }
}

impl<T> fmt::Debug for Events<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("queue", &self.queue).finish_non_exhaustive()
    }
}
