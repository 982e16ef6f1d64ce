//! How long answers take beside others, compared with the same without them.

use connector_tests::long::is_long;
use std::time::Duration;

/// Below this a median is the machine's, not the server's, in the short form.
const FLOOR: Duration = Duration::from_micros(2_000);
/// The most times of a quiet median, in the long form and in the short one.
const MOST: (f64, f64) = (1.3, 20.0);

/// The ratios of medians beside others to those without them.
#[derive(Default)]
pub(crate) struct Ratios(Vec<f64>);

impl Ratios {
    /// Adds the medians of a round.
    pub(crate) fn add(&mut self, quiet: Duration, beside: Duration) {
        println!("median {beside:?} beside them, {quiet:?} without");
        let floor = if is_long() { Duration::ZERO } else { FLOOR };
        self.0.push(beside.max(floor).as_secs_f64() / quiet.max(floor).as_secs_f64());
    }

    /// Asserts that the middle one of them is small.
    pub(crate) fn assert_small(mut self) {
        self.0.sort_by(f64::total_cmp);
        let ratio = self.0[self.0.len() / 2];
        let most = if is_long() { MOST.0 } else { MOST.1 };
        println!("ratio {ratio:.2}");
        assert!(ratio <= most, "{ratio:.2} times the quiet median, {most} may be: {:.2?}", self.0);
    }
}
