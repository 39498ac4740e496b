//! Lines over an axis.

use plotters::{
    chart::{ChartBuilder, SeriesLabelPosition},
    coord::combinators::IntoLogRange as _,
    element::{Circle, PathElement},
    prelude::DrawingBackend,
    series::LineSeries,
    style::Color as _,
};
use tt_record::Problem;

use super::{
    Chart,
    canvas::{Canvas, TEXT},
    failed,
    theme::{FAINT, GRID, INK, PAPER, SERIES},
};

const SIZE: (u32, u32) = (860, 420);

/// Lines.
pub(crate) struct Lines {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) x: Axis,
    /// Its scale is logarithmic.
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
}

/// An axis.
pub(crate) struct Axis {
    pub(crate) name: String,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) write: Box<dyn Fn(f64) -> String>,
    /// How many places have a label, about.
    pub(crate) labels: usize,
}

/// One line.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Chart for Lines {
    fn title(&self) -> &str {
        &self.title
    }

    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>) -> Result<(), Problem> {
        canvas.title(&self.title, &self.subtitle)?;
        let (x, y) = (&self.x, &self.y);
        let mut chart = ChartBuilder::on(canvas.area)
            .margin(canvas.px(20))
            .margin_top(canvas.px(72))
            .margin_right(canvas.px(30))
            .x_label_area_size(canvas.px(50))
            .y_label_area_size(canvas.px(84))
            .build_cartesian_2d(x.from..x.to, (y.from..y.to).log_scale())
            .map_err(|e| failed(&e))?;
        chart
            .configure_mesh()
            .x_desc(&x.name)
            .y_desc(&y.name)
            .x_labels(x.labels)
            .y_labels(y.labels)
            .x_label_formatter(&|value| (x.write)(*value))
            .y_label_formatter(&|value| (y.write)(*value))
            .label_style(canvas.style(TEXT - 1.0, FAINT, false))
            .axis_desc_style(canvas.style(TEXT, INK, false))
            .axis_style(canvas.line_style(GRID, 1))
            .bold_line_style(canvas.line_style(GRID, 1))
            .light_line_style(PAPER)
            .draw()
            .map_err(|e| failed(&e))?;
        for (series, colour) in self.series.iter().zip(SERIES.into_iter().cycle()) {
            let style = canvas.line_style(colour, 2);
            let length = canvas.px(18);
            chart
                .draw_series(LineSeries::new(series.points.iter().copied(), style))
                .map_err(|e| failed(&e))?
                .label(&series.name)
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + length, y)], style));
            let dot = |point: &(f64, f64)| Circle::new(*point, canvas.px(3), colour.filled());
            chart.draw_series(series.points.iter().map(dot)).map_err(|e| failed(&e))?;
        }
        if self.series.len() > 1 {
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperLeft)
                .legend_area_size(canvas.px(24))
                .margin(canvas.px(10))
                .label_font(canvas.style(TEXT - 1.0, INK, false))
                .background_style(PAPER.filled())
                .border_style(canvas.line_style(GRID, 1))
                .draw()
                .map_err(|e| failed(&e))?;
        }
        Ok(())
    }
}
