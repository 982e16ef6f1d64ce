//! Milliseconds from a request to its answer over each transport, by the share of packets that is
//! lost.

use std::error::Error;
use std::path::Path;

use plotters::style::RGBColor;

use super::bars::{Bar, Bars, Scale, Section};

const COLOUR: RGBColor = RGBColor(37, 99, 190);
/// The text of each percentile.
const TITLES: [&str; 3] = ["half of the answers", "nine of ten", "99 of 100"];
/// Milliseconds between two lines, and the most of the lines.
const STEP: usize = 50;
const LINES: usize = 8;

/// The milliseconds from requests to their answers over a transport.
pub(crate) struct Latency {
    /// The percentage of packets that is lost.
    pub(crate) loss: f64,
    pub(crate) transport: String,
    /// Those of the 50th, the 90th and the 99th percentile.
    pub(crate) percentiles: [f64; 3],
    pub(crate) most: f64,
}

/// Draws them, by loss and percentile.
pub(crate) fn latencies(
    path: &Path,
    delay: u64,
    latencies: &[Latency],
) -> Result<(), Box<dyn Error>> {
    let titles: Vec<(usize, &Latency, String)> = latencies
        .chunk_by(|one, next| one.loss == next.loss)
        .flat_map(|of_loss| {
            TITLES.iter().enumerate().map(move |(percentile, title)| {
                let loss = of_loss[0].loss;
                (percentile, &of_loss[0], format!("{loss} % lost: {title} within"))
            })
        })
        .collect();
    let most = latencies.iter().map(|latency| latency.percentiles[2]).fold(0.0, f64::max);
    let step = STEP * (most as usize / STEP / LINES + 1);
    let lines = (0..=most as usize / step + 1).map(|n| (n * step) as f64);
    let subtitle = format!("{delay} ms in each direction, both directions lose as many packets.");
    let bars = Bars {
        title: "Milliseconds from a request to its answer",
        subtitle: &subtitle,
        scale: Scale::Linear((most as usize / step * step + step) as f64),
        lines: lines.map(|at| (at, at.to_string())).collect(),
        sections: titles
            .iter()
            .map(|(percentile, of_loss, title)| Section {
                title,
                bars: latencies
                    .iter()
                    .filter(|latency| latency.loss == of_loss.loss)
                    .map(|latency| Bar {
                        label: latency.transport.clone(),
                        value: latency.percentiles[*percentile],
                        text: format!("{:.0}", latency.percentiles[*percentile]),
                        colour: COLOUR,
                        mark: None,
                    })
                    .collect(),
            })
            .collect(),
    };
    bars.draw(path)
}
