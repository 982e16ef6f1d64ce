//! A picture of horizontal bars in sections.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Pixels: the columns, and the heights of what stands in them.
const WIDTH: i32 = 960;
const LEFT: i32 = 250;
const RIGHT: i32 = 700;
const HEAD: i32 = 76;
const SECTION: i32 = 34;
const BAR: i32 = 24;
const FOOT: i32 = 24;

const TEXT: RGBColor = RGBColor(31, 41, 55);
const FAINT: RGBColor = RGBColor(107, 114, 128);
const GRID: RGBColor = RGBColor(221, 225, 230);

/// The contents of a picture.
pub(super) struct Bars<'a> {
    pub(super) title: &'static str,
    pub(super) subtitle: &'a str,
    pub(super) scale: Scale,
    /// Positions and names of the lines across the picture.
    pub(super) lines: Vec<(f64, String)>,
    pub(super) sections: Vec<Section<'a>>,
}

/// The scale of the horizontal axis.
#[derive(Clone, Copy)]
pub(super) enum Scale {
    /// From 0 to this.
    Linear(f64),
    /// Between these two.
    Logarithmic(f64, f64),
}

pub(super) struct Section<'a> {
    pub(super) title: &'a str,
    pub(super) bars: Vec<Bar>,
}

pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: f64,
    /// The text behind the bar.
    pub(super) text: String,
    pub(super) colour: RGBColor,
    /// A mark that it should pass.
    pub(super) mark: Option<f64>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn Error>>;

impl Bars<'_> {
    /// Draws it into a file.
    pub(super) fn draw(&self, path: &Path) -> Drawn {
        let bars: usize = self.sections.iter().map(|section| section.bars.len()).sum();
        let rows = SECTION * self.sections.len() as i32 + BAR * bars as i32;
        let bottom = HEAD + rows + 8;
        let size = (WIDTH as u32, (bottom + FOOT) as u32);
        let area = SVGBackend::new(path, size).into_drawing_area();
        area.fill(&WHITE)?;
        write(&area, self.title, (16, 24), &style(18, TEXT, HPos::Left))?;
        write(&area, self.subtitle, (16, 46), &style(13, FAINT, HPos::Left))?;
        for (value, name) in &self.lines {
            let x = self.scale.x(*value);
            line(&area, [(x, HEAD), (x, bottom)], GRID)?;
            write(&area, name, (x, bottom + 12), &style(12, FAINT, HPos::Center))?;
        }
        let mut y = HEAD;
        for section in &self.sections {
            write(&area, section.title, (16, y + SECTION / 2 + 4), &style(14, TEXT, HPos::Left))?;
            y += SECTION;
            for bar in &section.bars {
                self.bar(&area, bar, y)?;
                y += BAR;
            }
        }
        Ok(area.present()?)
    }

    fn bar(&self, area: &Area<'_>, bar: &Bar, y: i32) -> Drawn {
        let (top, middle, bottom) = (y + 4, y + BAR / 2, y + BAR - 4);
        let end = self.scale.x(bar.value).max(LEFT + 2);
        area.draw(&Rectangle::new([(LEFT, top), (end, bottom)], bar.colour.filled()))?;
        if let Some(mark) = bar.mark {
            let x = self.scale.x(mark);
            area.draw(&Rectangle::new([(x - 1, top - 2), (x + 1, bottom + 2)], TEXT.filled()))?;
        }
        write(area, &bar.label, (LEFT - 10, middle), &style(13, TEXT, HPos::Right))?;
        write(area, &bar.text, (RIGHT + 16, middle), &style(13, TEXT, HPos::Left))
    }
}

impl Scale {
    /// The pixel that a value is at.
    fn x(self, value: f64) -> i32 {
        let share = match self {
            Self::Linear(end) => value / end,
            Self::Logarithmic(start, end) => (value / start).ln() / (end / start).ln(),
        };
        LEFT + (share.clamp(0.0, 1.0) * f64::from(RIGHT - LEFT)).round() as i32
    }
}

fn style(size: i32, colour: RGBColor, side: HPos) -> TextStyle<'static> {
    let style = ("sans-serif", size).into_font().color(&colour);
    style.pos(Pos::new(side, VPos::Center))
}

fn write(area: &Area<'_>, text: &str, at: (i32, i32), style: &TextStyle<'_>) -> Drawn {
    Ok(area.draw_text(text, style, at)?)
}

fn line(area: &Area<'_>, ends: [(i32, i32); 2], colour: RGBColor) -> Drawn {
    Ok(area.draw(&PathElement::new(ends, colour))?)
}
