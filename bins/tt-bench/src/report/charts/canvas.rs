//! A surface to draw on, in the chart's own pixels whatever it comes to in the end.

use plotters::{
    coord::Shift,
    drawing::DrawingArea,
    element::{DashedPathElement, PathElement, Rectangle, Text},
    prelude::DrawingBackend,
    style::{
        Color as _, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};
use tt_record::Problem;

use super::{
    failed,
    theme::{FAINT, FONT, INK, PAPER},
};

/// Size of ordinary text.
pub(super) const TEXT: f64 = 13.0;

/// How far everything is from the edge.
pub(super) const MARGIN: i32 = 20;

/// Where what comes below a title begins.
pub(super) const BELOW_TITLE: i32 = 64;

/// A surface.
pub(crate) struct Canvas<'a, B: DrawingBackend> {
    pub(super) area: &'a DrawingArea<B, Shift>,
    scale: u32,
}

/// Where text is, beside the point that it is drawn at.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Right,
    Left,
    Middle,
}

impl<'a, B: DrawingBackend> Canvas<'a, B> {
    pub(super) fn new(area: &'a DrawingArea<B, Shift>, scale: u32) -> Result<Self, Problem> {
        area.fill(&PAPER).map_err(|e| failed(&e))?;
        Ok(Self { area, scale })
    }

    /// The chart's pixels in those of the surface.
    pub(super) fn px(&self, length: i32) -> i32 {
        length * i32::try_from(self.scale).unwrap_or(1)
    }

    pub(super) fn style(&self, size: f64, colour: RGBColor, bold: bool) -> TextStyle<'static> {
        let weight = if bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::Name(FONT), size * f64::from(self.scale), weight);
        TextStyle { font, color: colour.to_backend_color(), pos: Pos::default() }
    }

    /// What a line is drawn with.
    pub(super) fn line_style(&self, colour: RGBColor, width: u32) -> ShapeStyle {
        colour.stroke_width(width * self.scale)
    }

    /// Text, whose middle is at that height.
    pub(super) fn text(
        &self,
        text: &str,
        (x, y): (i32, i32),
        anchor: Anchor,
        colour: RGBColor,
    ) -> Result<(), Problem> {
        self.sized(text, (x, y), anchor, TEXT, colour, false)
    }

    pub(super) fn sized(
        &self,
        text: &str,
        (x, y): (i32, i32),
        anchor: Anchor,
        size: f64,
        colour: RGBColor,
        bold: bool,
    ) -> Result<(), Problem> {
        let horizontal = match anchor {
            Anchor::Right => HPos::Left,
            Anchor::Left => HPos::Right,
            Anchor::Middle => HPos::Center,
        };
        let style = self.style(size, colour, bold).pos(Pos::new(horizontal, VPos::Center));
        let at = (self.px(x), self.px(y));
        self.area.draw(&Text::new(text.to_owned(), at, style)).map_err(|e| failed(&e))
    }

    /// How wide ordinary text is.
    pub(super) fn width(&self, text: &str) -> i32 {
        let style = self.style(TEXT, INK, false);
        let width = self.area.estimate_text_size(text, &style).map_or(0, |(width, _)| width);
        i32::try_from(width / self.scale).unwrap_or(0)
    }

    pub(super) fn rectangle(
        &self,
        from: (i32, i32),
        to: (i32, i32),
        colour: RGBColor,
    ) -> Result<(), Problem> {
        let corners = [from, to].map(|(x, y)| (self.px(x), self.px(y)));
        self.area.draw(&Rectangle::new(corners, colour.filled())).map_err(|e| failed(&e))
    }

    pub(super) fn line(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Result<(), Problem> {
        let ends = [from, to].map(|(x, y)| (self.px(x), self.px(y)));
        let path = PathElement::new(ends.to_vec(), self.line_style(colour, 1));
        self.area.draw(&path).map_err(|e| failed(&e))
    }

    pub(super) fn dashes(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Result<(), Problem> {
        let ends = [from, to].map(|(x, y)| (self.px(x), self.px(y)));
        let (dash, gap) = (self.px(5), self.px(4));
        let path = DashedPathElement::new(ends, dash, gap, self.line_style(colour, 1));
        self.area.draw(&path).map_err(|e| failed(&e))
    }

    /// What the chart is about.
    pub(super) fn title(&self, title: &str, subtitle: &str) -> Result<(), Problem> {
        self.sized(title, (MARGIN, 26), Anchor::Right, 18.0, INK, true)?;
        self.sized(subtitle, (MARGIN, 48), Anchor::Right, 12.0, FAINT, false)
    }
}
