//! A surface over two settings, as coloured fields.

use plotters::{prelude::DrawingBackend, style::RGBColor};
use tt_record::Problem;

use super::{
    Chart,
    canvas::{Anchor, BELOW_TITLE, Canvas, MARGIN},
    theme::{INK, LIMIT},
};

const FIELD: (i32, i32) = (110, 44);

/// Darker is more. Not the colours of the theme, for these stay as they are on a dark page.
const LEAST: [f64; 3] = [221.0, 235.0, 250.0];
const MOST: [f64; 3] = [5.0, 80.0, 174.0];
const ON_LIGHT: RGBColor = RGBColor(0x1F, 0x23, 0x29);
const ON_DARK: RGBColor = RGBColor(0xFF, 0xFF, 0xFE);

/// Fields.
pub(crate) struct Heat {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    /// What lies across, and its values.
    pub(crate) across: (String, Vec<String>),
    /// What lies down, and its values.
    pub(crate) down: (String, Vec<String>),
    /// Line by line; none was not measured.
    pub(crate) fields: Vec<Vec<Option<f64>>>,
    /// How a value is written.
    pub(crate) write: fn(f64) -> String,
}

impl Heat {
    fn left(&self) -> i32 {
        let longest = self.down.1.iter().chain([&self.down.0]).map(|text| text.chars().count()).max();
        MARGIN + 20 + i32::try_from(longest.unwrap_or(0)).unwrap_or(0) * 9
    }

    fn at(&self, column: usize, line: usize) -> (i32, i32) {
        let of = |number: usize, size: i32| i32::try_from(number).unwrap_or(0) * size;
        (self.left() + of(column, FIELD.0), BELOW_TITLE + 44 + of(line, FIELD.1))
    }
}

fn mixed(share: f64) -> RGBColor {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
    let part = |index: usize| (LEAST[index] + (MOST[index] - LEAST[index]) * share).round() as u8;
    RGBColor(part(0), part(1), part(2))
}

impl Chart for Heat {
    fn title(&self) -> &str {
        &self.title
    }

    fn size(&self) -> (u32, u32) {
        let (right, bottom) = self.at(self.across.1.len(), self.down.1.len());
        ((right + MARGIN).max(860).unsigned_abs(), (bottom + MARGIN).unsigned_abs())
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>) -> Result<(), Problem> {
        canvas.title(&self.title, &self.subtitle)?;
        let (left, top) = self.at(0, 0);
        canvas.sized(&self.across.0, (left, top - 34), Anchor::Right, 13.0, INK, true)?;
        canvas.sized(&self.down.0, (left - 10, top - 14), Anchor::Left, 13.0, INK, true)?;
        for (column, value) in self.across.1.iter().enumerate() {
            canvas.text(value, (self.at(column, 0).0 + FIELD.0 / 2, top - 14), Anchor::Middle, INK)?;
        }
        let values = || self.fields.iter().flatten().flatten().copied();
        let (least, most) = (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max));
        for (line, (value, fields)) in self.down.1.iter().zip(&self.fields).enumerate() {
            canvas.text(value, (left - 10, self.at(0, line).1 + FIELD.1 / 2), Anchor::Left, INK)?;
            for (column, field) in fields.iter().enumerate() {
                let Some(value) = field else { continue };
                let share = (value - least) / (most - least).max(f64::MIN_POSITIVE);
                let (x, y) = self.at(column, line);
                let best = share >= 1.0;
                canvas.rectangle((x + 1, y + 1), (x + FIELD.0 - 1, y + FIELD.1 - 1), mixed(share))?;
                let colour = if share > 0.5 { ON_DARK } else { ON_LIGHT };
                let middle = (x + FIELD.0 / 2, y + FIELD.1 / 2);
                canvas.sized(&(self.write)(*value), middle, Anchor::Middle, 13.0, colour, best)?;
                if best {
                    canvas.rectangle((x + 1, y + FIELD.1 - 4), (x + FIELD.0 - 1, y + FIELD.1 - 1), LIMIT)?;
                }
            }
        }
        Ok(())
    }
}
