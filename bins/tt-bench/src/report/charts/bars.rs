//! Bars that lie on their sides, so that names can be read, in groups of one scale each.

use plotters::prelude::DrawingBackend;
use tt_record::Problem;

use super::{
    Chart,
    canvas::{Anchor, BELOW_TITLE, Canvas, MARGIN},
    theme::{FAINT, GRID, INK, LIMIT, OTHERS, OURS},
};

const WIDTH: i32 = 860;
const BAR: i32 = 20;
const STEP: i32 = 30;
const HEAD: i32 = 30;
const GAP: i32 = 18;
const NOTE: i32 = 17;

/// How much room names may take.
const NAMES: i32 = 260;

/// Groups of bars.
pub(crate) struct Bars {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) groups: Vec<Group>,
    pub(crate) footnotes: Vec<String>,
}

/// Bars of one scale.
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
    /// What no bar can exceed, and what that is.
    pub(crate) limit: Option<(f64, String)>,
}

/// A bar.
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    /// The least and the most that was measured.
    pub(crate) ends: Option<(f64, f64)>,
    /// What stands behind it.
    pub(crate) text: String,
    pub(crate) ours: bool,
}

impl Group {
    fn height(&self) -> i32 {
        HEAD + STEP * i32::try_from(self.bars.len()).unwrap_or(0) + GAP
    }

    /// The largest value that must fit.
    pub(crate) fn largest(&self) -> f64 {
        let ends = self.bars.iter().map(|bar| bar.ends.map_or(bar.value, |(_, most)| most.max(bar.value)));
        ends.chain(self.limit.iter().map(|(limit, _)| *limit)).fold(f64::MIN_POSITIVE, f64::max)
    }

    /// Where text may begin that is not to lie on the line of the limit.
    fn beside(&self, at: i32, width: i32, x: &impl Fn(f64) -> i32) -> i32 {
        let limit = self.limit.as_ref().map(|(limit, _)| x(*limit));
        limit.filter(|limit| (at - 8..at + width + 8).contains(limit)).map_or(at, |limit| limit + 8)
    }

    fn draw<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        top: i32,
        left: i32,
        right: i32,
    ) -> Result<(), Problem> {
        let largest = self.largest();
        let x = |value: f64| left + along(value / largest, right - left);
        let bottom = top + self.height() - GAP;
        canvas.sized(&self.title, (MARGIN, top + 10), Anchor::Right, 13.0, INK, true)?;
        for (bar, y) in self.bars.iter().zip((top + HEAD..).step_by(usize::try_from(STEP).unwrap_or(1))) {
            let middle = y + BAR / 2;
            canvas.text(&bar.label, (left - 10, middle), Anchor::Left, INK)?;
            let colour = if bar.ours { OURS } else { OTHERS };
            canvas.rectangle((left, y), (x(bar.value).max(left + 1), y + BAR), colour)?;
            if let Some((least, most)) = bar.ends {
                canvas.line((x(least), middle), (x(most), middle), INK)?;
                for end in [x(least), x(most)] {
                    canvas.line((end, middle - 4), (end, middle + 4), INK)?;
                }
            }
            let behind = bar.ends.map_or(bar.value, |(_, most)| most.max(bar.value));
            let at = self.beside(x(behind) + 8, canvas.width(&bar.text), &x);
            canvas.text(&bar.text, (at, middle), Anchor::Right, INK)?;
        }
        canvas.line((left, top + HEAD - 4), (left, bottom - 4), GRID)?;
        if let Some((limit, text)) = &self.limit {
            let at = x(*limit);
            canvas.dashes((at, top + HEAD - 6), (at, bottom - 4), LIMIT)?;
            canvas.sized(text, (at, top + 12), Anchor::Middle, 11.0, LIMIT, false)?;
        }
        Ok(())
    }
}

/// A part of a length, from 0 to 1.
#[allow(clippy::cast_possible_truncation, reason = "pixels of a chart are few")]
fn along(share: f64, length: i32) -> i32 {
    (share * f64::from(length)).round() as i32
}

impl Chart for Bars {
    fn title(&self) -> &str {
        &self.title
    }

    fn size(&self) -> (u32, u32) {
        let groups: i32 = self.groups.iter().map(Group::height).sum();
        let height = BELOW_TITLE + groups + NOTE * i32::try_from(self.footnotes.len()).unwrap_or(0) + 14;
        (WIDTH.unsigned_abs(), height.unsigned_abs())
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>) -> Result<(), Problem> {
        canvas.title(&self.title, &self.subtitle)?;
        let bars = || self.groups.iter().flat_map(|group| &group.bars);
        let names = bars().map(|bar| canvas.width(&bar.label)).max().unwrap_or(0).min(NAMES);
        let texts = bars().map(|bar| canvas.width(&bar.text)).max().unwrap_or(0);
        let (left, right) = (MARGIN + names + 14, WIDTH - MARGIN - texts - 14);
        let mut top = BELOW_TITLE;
        for group in &self.groups {
            group.draw(canvas, top, left, right)?;
            top += group.height();
        }
        for note in &self.footnotes {
            canvas.sized(note, (MARGIN, top + NOTE / 2), Anchor::Right, 11.0, FAINT, false)?;
            top += NOTE;
        }
        if self.groups.is_empty() {
            canvas.text("nothing was measured", (MARGIN, top), Anchor::Right, FAINT)?;
        }
        Ok(())
    }
}
