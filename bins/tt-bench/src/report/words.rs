//! The report in words and figures: tables that the terminal and the pages share.

use anstyle::{AnsiColor, Style};
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table as Drawn, presets};

use super::{DataInfo, Report, Spread, Summary, Task, Wrong, summary::REFERENCE};

/// A table, ready to be set in type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) head: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
}

/// A row of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// The first is the tool's name.
    pub(crate) cells: Vec<String>,
    /// Why there are no figures.
    pub(crate) wrong: Option<String>,
}

/// What is measured so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Board<'a> {
    pub(crate) summaries: &'a [Summary],
    pub(crate) wrong: &'a [Wrong],
    /// In their order.
    pub(crate) data: &'a [DataInfo],
}

impl Report {
    /// What is told in tables of some tasks.
    pub(crate) fn tables(&self, tasks: &[Task]) -> Vec<Table> {
        let board = Board { summaries: &self.summaries, wrong: &self.wrong, data: &self.data };
        tasks.iter().flat_map(|task| board.tables(*task)).collect()
    }
}

impl Board<'_> {
    /// One table for each data set.
    pub(crate) fn tables(&self, task: Task) -> Vec<Table> {
        let tables = self.data.iter().map(|set| self.table(task, &set.name));
        tables.filter(|table| !table.rows.is_empty()).collect()
    }

    fn table(&self, task: Task, data: &str) -> Table {
        let summaries: Vec<_> = self.summaries.iter().filter(|s| s.data == data && s.task == task).collect();
        let columns: Vec<_> = columns(task)
            .into_iter()
            .filter(|column| summaries.iter().any(|summary| (column.cell)(summary).is_some()))
            .collect();
        let row = |summary: &&Summary| {
            let cells = columns.iter().map(|column| (column.cell)(summary).unwrap_or_else(|| "–".to_owned()));
            Row { cells: std::iter::once(summary.tool.clone()).chain(cells).collect(), wrong: None }
        };
        let wrong = self.wrong.iter().filter(|wrong| wrong.data == data && task == Task::Upload);
        let wrong =
            wrong.map(|wrong| Row { cells: vec![wrong.tool.clone()], wrong: Some(wrong.why.clone()) });
        Table {
            title: format!("{data}: {}", title(task)),
            head: std::iter::once("tool").chain(columns.iter().map(|column| column.head)).collect(),
            rows: summaries.iter().map(row).chain(wrong).collect(),
        }
    }
}

fn title(task: Task) -> &'static str {
    match task {
        Task::Upload => "everything is uploaded",
        Task::Again => "the same once more, nothing has changed",
        Task::Verify => "tt-verify proves what the tool had uploaded",
    }
}

struct Column {
    head: &'static str,
    cell: fn(&Summary) -> Option<String>,
}

fn columns(task: Task) -> Vec<Column> {
    let column = |head, cell| Column { head, cell };
    let mut all = vec![
        column("time", |s| Some(figures::seconds(s.wall_seconds.median))),
        column("from … to", |s| (s.runs > 1).then(|| range(s.wall_seconds))),
    ];
    if task != Task::Verify {
        all.push(column("× tt", |s| s.times_tt.filter(|_| s.tool != REFERENCE).map(figures::times)));
    }
    if task == Task::Upload {
        all.extend([
            column("throughput", |s| s.bytes_per_second.map(|rate| figures::rate(rate.median))),
            column("of the link", |s| s.link_share.map(|share| format!("{:.1} %", share * 100.0))),
            column("first byte", |s| s.first_byte_seconds.map(|first| figures::seconds(first.median))),
            column("CPU per GB", |s| Some(figures::seconds(s.cpu_seconds_per_gb))),
        ]);
    }
    all.extend([
        column("CPU", |s| Some(figures::seconds(s.cpu_seconds.median))),
        column("memory", |s| Some(figures::memory(s.memory_bytes.median))),
        column("requests", |s| s.requests.map(|requests| format!("{requests:.0}"))),
    ]);
    match task {
        Task::Upload => {
            all.push(column("endpoint's CPU", |s| s.endpoint_cpu_seconds.map(figures::seconds)));
        }
        Task::Again => {
            let again =
                |s: &Summary| s.bodies.filter(|bodies| *bodies > 0.0).map(|bodies| format!("{bodies:.0}"));
            all.push(column("sent again", again));
        }
        Task::Verify => {}
    }
    all
}

fn range(spread: Spread) -> String {
    format!("{} … {}", figures::three_digits(spread.min), figures::three_digits(spread.max))
}

/// Figures as people read them.
pub(crate) mod figures {
    use super::Spread;

    /// `0.864 s`, `13.7 s`, `225 s`.
    pub(crate) fn seconds(seconds: f64) -> String {
        format!("{} s", three_digits(seconds))
    }

    /// `364 MB/s`, `1,180 MB/s`.
    pub(crate) fn rate(bytes_per_second: f64) -> String {
        format!("{} MB/s", three_digits(bytes_per_second / 1e6))
    }

    pub(crate) fn memory(bytes: f64) -> String {
        format!("{} MB", three_digits(bytes / 1e6))
    }

    /// `3.51`.
    pub(crate) fn times(times: Spread) -> String {
        format!("{:.2}", times.median)
    }

    /// As many digits as say something.
    pub(crate) fn three_digits(value: f64) -> String {
        match value.abs() {
            100.0.. => format!("{value:.0}"),
            10.0.. => format!("{value:.1}"),
            1.0.. => format!("{value:.2}"),
            _ => format!("{value:.3}"),
        }
    }
}

impl Table {
    /// For a terminal, or a file of text.
    pub(crate) fn text(&self, coloured: bool) -> String {
        let mut drawn = Drawn::new();
        drawn.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
        if coloured {
            drawn.enforce_styling();
        } else {
            drawn.force_no_tty();
        }
        drawn.set_header(self.head.iter().map(|head| Cell::new(head).add_attribute(Attribute::Bold)));
        for row in &self.rows {
            let cells = row.cells.iter().map(Cell::new);
            drawn.add_row(match row.wrong {
                Some(_) => {
                    cells.map(|cell| cell.fg(Color::Red)).chain([Cell::new("WRONG").fg(Color::Red)]).collect()
                }
                None => cells.collect::<Vec<_>>(),
            });
        }
        for column in drawn.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let red = if coloured { AnsiColor::Red.on_default() } else { Style::new() };
        let wrong = self.rows.iter().filter_map(|row| Some((row.cells.first()?, row.wrong.as_ref()?)));
        let wrong = wrong.map(|(tool, why)| format!("\n{red}{tool} is WRONG: {why}{red:#}"));
        format!("{}\n{drawn}{}", self.title, wrong.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::summary::tests::{sample, set},
        *,
    };
    use crate::report::summarize;

    #[test]
    fn a_table_tells_what_is_known() {
        let samples = [sample("tt", Task::Upload, 1, 10.0), sample("aws", Task::Upload, 1, 34.0)];
        let summaries = summarize(&samples, &[set()], None);
        let wrong = [Wrong { data: "set".into(), tool: "lossy".into(), why: "1 missing".into() }];
        let data = [set(), DataInfo { name: "other".into(), ..set() }];
        let board = Board { summaries: &summaries, wrong: &wrong, data: &data };
        let [table] = &board.tables(Task::Upload)[..] else { panic!() };
        assert!(
            table.head.contains(&"throughput") && !table.head.contains(&"of the link"),
            "{:?}",
            table.head
        );
        let text = table.text(false);
        assert!(text.contains("300 MB/s") && text.contains("3.40"), "{text}");
        assert!(text.contains("lossy is WRONG: 1 missing"), "{text}");
        assert!(board.tables(Task::Again).is_empty());
    }

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(figures::seconds(0.8642), "0.864 s");
        assert_eq!(figures::seconds(13.72), "13.7 s");
        assert_eq!(figures::rate(1_180_400_000.0), "1180 MB/s");
        assert_eq!(figures::memory(5_300_000.0), "5.30 MB");
    }
}
