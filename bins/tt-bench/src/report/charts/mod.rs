//! Charts, drawn once and told in two ways: as SVG that follows the reader's light or dark page, and as PNG.

mod bars;
mod canvas;
mod heat;
mod lines;
mod theme;

use std::path::Path;

use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea as _, SVGBackend};
use tt_record::{Problem, ProblemKind};

pub(crate) use self::{
    bars::{Bar, Bars, Group},
    heat::Heat,
    lines::{Axis, Lines, Series, round_numbers},
};
use self::{canvas::Canvas, theme::register_fonts};

/// How many pixels a PNG has for each of the chart's own: screens of today show text sharp with two.
const SHARPNESS: u32 = 2;

/// A drawing of some size.
pub(crate) trait Chart {
    /// What it shows, as its title says.
    fn title(&self) -> &str;

    /// Width and height.
    fn size(&self) -> (u32, u32);

    /// Draws it.
    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>) -> Result<(), Problem>;
}

/// A chart as SVG.
pub(crate) fn svg(chart: &impl Chart) -> Result<String, Problem> {
    register_fonts()?;
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, chart.size()).into_drawing_area();
        chart.draw(&Canvas::new(&area, 1)?)?;
        area.present().map_err(|e| failed(&e))?;
    }
    Ok(theme::follow(&text, chart.title()))
}

/// Writes a chart as PNG.
pub(crate) fn png(chart: &impl Chart, path: &Path) -> Result<(), Problem> {
    register_fonts()?;
    let (width, height) = chart.size();
    let size = (width * SHARPNESS, height * SHARPNESS);
    let area = BitMapBackend::new(path, size).into_drawing_area();
    chart.draw(&Canvas::new(&area, SHARPNESS)?)?;
    area.present().map_err(|e| failed(&e))
}

fn failed(error: &impl std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::Io, format!("a chart can't be drawn: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_is_drawn_both_ways() {
        let bar = Bar {
            label: "tt".to_owned(),
            value: 3.0,
            ends: Some((2.5, 3.5)),
            text: "3 s".to_owned(),
            ours: true,
        };
        let group =
            Group { title: "plan".to_owned(), bars: vec![bar], limit: Some((4.0, "the link".to_owned())) };
        let bars = Bars {
            title: "A & B".to_owned(),
            subtitle: "less is better".to_owned(),
            groups: vec![group],
            footnotes: Vec::new(),
        };
        let svg = svg(&bars).unwrap();
        assert!(svg.contains("<title>A &amp; B</title>") && svg.contains("prefers-color-scheme"), "{svg}");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chart.png");
        png(&bars, &path).unwrap();
        assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
    }
}
