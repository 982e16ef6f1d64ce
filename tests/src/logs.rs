//! The log of a test.

use std::fmt::{Debug, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

/// A subscriber beside those of the tests. With one alone `tracing` asks the thread that is the
/// first to log something whether anybody listens, and keeps its answer for all other threads.
static SILENT: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));

/// What the SDK logs on this thread, until it is dropped.
#[derive(Debug)]
pub struct Log {
    lines: Arc<Mutex<Vec<(Level, String)>>>,
    _guard: DefaultGuard,
}

impl Log {
    /// Begins to collect.
    pub fn here() -> Self {
        LazyLock::force(&SILENT);
        let lines = Arc::<Mutex<Vec<_>>>::default();
        let guard = tracing::subscriber::set_default(Collector(lines.clone()));
        Self { lines, _guard: guard }
    }

    /// Takes the lines of this level so far: the message, then its fields, `name=value`.
    pub fn take(&self, level: Level) -> Vec<String> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extract_if(.., |(of, _)| *of == level).map(|(_, line)| line).collect()
    }
}

struct Collector(Arc<Mutex<Vec<(Level, String)>>>);

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("connector")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let line = format!("{}{}", line.message, line.fields);
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push((*event.metadata().level(), line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
        written.expect("a text takes what is written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs() {
        tracing::warn!("it is logged");
    }

    #[test]
    fn what_another_thread_has_logged_first_is_heard() {
        let log = Log::here();
        std::thread::spawn(logs).join().unwrap();
        logs();
        assert_eq!(log.take(Level::WARN), ["it is logged"]);
    }
}
