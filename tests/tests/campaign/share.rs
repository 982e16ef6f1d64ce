//! The share of the machine that this process gets.

use std::fs::read_to_string;

/// Processor time so far, in ticks of the system.
pub(crate) struct Ticks {
    own: u64,
    all: u64,
}

impl Ticks {
    /// Returns `None` where the system does not tell.
    pub(crate) fn now() -> Option<Self> {
        let own = read_to_string("/proc/self/stat").ok()?;
        // Behind the name, which may have anything in it: the user's and the system's time.
        let own = sum(own.rsplit_once(')')?.1, &[11, 12])?;
        let all = read_to_string("/proc/stat").ok()?;
        // All but idle and waiting, and guests, whose time is the user's too.
        let all = sum(all.lines().next()?.strip_prefix("cpu")?, &[0, 1, 2, 5, 6, 7])?;
        Some(Self { own, all })
    }

    /// Returns how many times as much work the machine has done since then as this process. An
    /// answer takes so many times as long as on a machine of one's own, or longer.
    pub(crate) fn others_since(before: Option<&Self>) -> f64 {
        let Some((before, now)) = before.zip(Self::now()) else { return 1.0 };
        let (own, all) = (now.own - before.own, now.all.saturating_sub(before.all));
        (all as f64 / own.max(1) as f64).max(1.0)
    }
}

fn sum(fields: &str, places: &[usize]) -> Option<u64> {
    let fields: Vec<&str> = fields.split_whitespace().collect();
    places.iter().map(|&place| fields.get(place)?.parse::<u64>().ok()).sum()
}
