//! The pushes that arrived and were not expected yet.

use std::collections::VecDeque;
use std::fmt;

use futures_util::FutureExt;

use crate::client::{AllPushes, Push};

/// The most characters of a body in a message.
const SHOWN: usize = 200;
/// The most pushes in a message.
const LISTED: usize = 8;

/// The pushes to a client, in the order of arrival.
pub(super) struct Arrived {
    incoming: AllPushes,
    kept: VecDeque<Push>,
}

impl Arrived {
    pub(super) fn new(incoming: AllPushes) -> Self {
        Self { incoming, kept: VecDeque::new() }
    }

    /// Waits for the first push of a route. `None` if the connection ends without
    /// one.
    pub(super) async fn find(&mut self, route: &str) -> Option<Push> {
        if let Some(kept) = self.find_kept(route) {
            return Some(kept);
        }
        while let Some(push) = self.incoming.next().await {
            if *push.route == *route {
                return Some(push);
            }
            self.kept.push_back(push);
        }
        None
    }

    /// Removes the first push of a route, if one has arrived.
    pub(super) fn take(&mut self, route: &str) -> Option<Push> {
        self.find(route).now_or_never().flatten()
    }

    /// Keeps what has arrived by now, to list it.
    pub(super) fn gather(&mut self) -> &Self {
        while let Some(Some(push)) = self.incoming.next().now_or_never() {
            self.kept.push_back(push);
        }
        self
    }

    fn find_kept(&mut self, route: &str) -> Option<Push> {
        let at = self.kept.iter().position(|push| *push.route == *route)?;
        self.kept.remove(at)
    }
}

/// Lists the pushes, for the message of a test that failed.
impl fmt::Display for Arrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kept.is_empty() {
            f.write_str("no other push arrived")?;
        } else {
            f.write_str("other pushes are")?;
        }
        for (at, push) in self.kept.iter().take(LISTED).enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma} `{}` {}", push.route, shown(&push.body))?;
        }
        match self.kept.len().saturating_sub(LISTED) {
            0 => {}
            more => write!(f, " and {more} more")?,
        }
        match self.incoming.dropped() {
            0 => Ok(()),
            dropped => write!(f, "; {dropped} earlier ones were dropped"),
        }
    }
}

/// Returns the start of a body as text.
pub(super) fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.into_owned(),
    }
}
