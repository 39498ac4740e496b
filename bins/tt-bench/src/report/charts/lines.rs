//! Lines over an axis, both of whose scales are logarithmic: what is measured spreads over powers of ten.

use plotters::{
    chart::ChartBuilder,
    coord::combinators::{BindKeyPoints as _, IntoLogRange as _},
    element::Circle,
    prelude::DrawingBackend,
    series::LineSeries,
    style::Color as _,
};
use tt_record::Problem;

use super::{
    Chart,
    canvas::{Anchor, BELOW_TITLE, Canvas, MARGIN, TEXT},
    failed,
    theme::{FAINT, GRID, INK, PAPER, SERIES},
};

const WIDTH: i32 = 860;
const HEIGHT: i32 = 440;

/// How many labels an axis has at most.
const MOST_LABELS: usize = 8;

/// How much room a colour takes beside its name, what lies between two names, and how high a line of them is.
const KEY: i32 = 26;
const SPACE: i32 = 22;
const LINE: i32 = 22;

/// Lines.
pub(crate) struct Lines {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
}

/// An axis, whose scale is logarithmic.
pub(crate) struct Axis {
    pub(crate) name: String,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) write: Box<dyn Fn(f64) -> String>,
    /// The places that have a label.
    pub(crate) labels: Vec<f64>,
}

/// One line.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Lines {
    /// Where the names of the lines stand: line, place in it, name. As many in a line as fit.
    fn legend<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>) -> Vec<(i32, i32)> {
        let (mut line, mut x) = (0, MARGIN);
        let place = |series: &Series| {
            let width = KEY + canvas.width(&series.name) + SPACE;
            if x > MARGIN && x + width > WIDTH - MARGIN {
                (line, x) = (line + 1, MARGIN);
            }
            let at = (x, BELOW_TITLE + 10 + line * LINE);
            x += width;
            at
        };
        self.series.iter().map(place).collect()
    }
}

impl Chart for Lines {
    fn title(&self) -> &str {
        &self.title
    }

    fn size(&self) -> (u32, u32) {
        (WIDTH.unsigned_abs(), HEIGHT.unsigned_abs())
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>) -> Result<(), Problem> {
        canvas.title(&self.title, &self.subtitle)?;
        let legend = self.legend(canvas);
        let top = legend.last().map_or(BELOW_TITLE, |(_, y)| y + LINE);
        let (x, y) = (&self.x, &self.y);
        let mut chart = ChartBuilder::on(canvas.area)
            .margin(canvas.px(20))
            .margin_top(canvas.px(top))
            .margin_right(canvas.px(36))
            .x_label_area_size(canvas.px(50))
            .y_label_area_size(canvas.px(84))
            .build_cartesian_2d(
                (x.from..x.to).log_scale().with_key_points(x.labels.clone()),
                (y.from..y.to).log_scale().with_key_points(y.labels.clone()),
            )
            .map_err(|e| failed(&e))?;
        chart
            .configure_mesh()
            .x_desc(&x.name)
            .y_desc(&y.name)
            // All that there are.
            .x_labels(x.labels.len() + 1)
            .y_labels(y.labels.len() + 1)
            .x_label_formatter(&|value| (x.write)(*value))
            .y_label_formatter(&|value| (y.write)(*value))
            .label_style(canvas.style(TEXT - 1.0, FAINT, false))
            .axis_desc_style(canvas.style(TEXT, INK, false))
            .axis_style(canvas.line_style(GRID, 1))
            .bold_line_style(canvas.line_style(GRID, 1))
            .light_line_style(PAPER)
            .draw()
            .map_err(|e| failed(&e))?;
        for ((series, colour), (left, middle)) in
            self.series.iter().zip(SERIES.into_iter().cycle()).zip(legend)
        {
            let style = canvas.line_style(colour, 2);
            let line = LineSeries::new(series.points.iter().copied(), style);
            chart.draw_series(line).map_err(|e| failed(&e))?;
            let dot = |point: &(f64, f64)| Circle::new(*point, canvas.px(3), colour.filled());
            chart.draw_series(series.points.iter().map(dot)).map_err(|e| failed(&e))?;
            if self.series.len() > 1 {
                canvas.rectangle((left, middle - 1), (left + KEY - 8, middle + 2), colour)?;
                canvas.text(&series.name, (left + KEY, middle), Anchor::Right, INK)?;
            }
        }
        Ok(())
    }
}

/// A few round numbers between two, for an axis of powers: the closer the two, the less round.
pub(crate) fn round_numbers(from: f64, to: f64) -> Vec<f64> {
    const STEPS: [&[f64]; 3] =
        [&[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0], &[1.0, 2.0, 5.0], &[1.0]];
    let of = |steps: &[f64]| -> Vec<f64> {
        let powers = (-9..=9).map(|power| 10_f64.powi(power));
        let all = powers.flat_map(|power| steps.iter().map(move |step| step * power));
        all.filter(|number| (from..=to).contains(number)).collect()
    };
    STEPS.map(of).into_iter().find(|numbers| numbers.len() <= MOST_LABELS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_a_few_round_numbers() {
        assert_eq!(round_numbers(0.015, 0.6), [0.02, 0.05, 0.1, 0.2, 0.5]);
        assert_eq!(round_numbers(0.001, 100.0).len(), 6);
        assert_eq!(round_numbers(0.75, 1.3), [0.8, 1.0, 1.2]);
    }
}
