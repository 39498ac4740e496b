//! The files of a report: JSON to read again, Markdown, a page by itself, and a chart for a README.

use std::{fmt::Display, fs, path::Path};

use askama::Template;
use tempfile::TempDir;
use tt_cli::human_bytes;
use tt_record::{Problem, ProblemKind};

use super::{
    PlaceInfo, Report, Task, charts, figures,
    pictures::{Pictures, pictures},
    words::Table,
};

/// Everything that the pages say.
struct Content<'a> {
    report: &'a Report,
    tables: Vec<Table>,
    pictures: Vec<String>,
    best: Vec<String>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Html<'a> {
    content: Content<'a>,
}

#[derive(Template)]
#[template(path = "report.md", escape = "none")]
struct Markdown<'a> {
    content: &'a Content<'a>,
}

/// Finds out whether a report can be written there, without leaving anything: measuring takes long.
pub(crate) fn check(directory: &Path) -> Result<(), Problem> {
    let whole = std::path::absolute(directory).map_err(|e| failed(directory, &e))?;
    let there = whole.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(&whole);
    tempfile::tempfile_in(there).map(|_| ()).map_err(|e| failed(directory, &e))
}

fn failed(directory: &Path, error: &dyn Display) -> Problem {
    let message = format!("the report can't be written to {}: {error}", directory.display());
    Problem::new(ProblemKind::Io, message).hint("give --out a directory that can be written to")
}

/// Writes `report.json`, `report.md`, `report.html`, `chart.svg` and `chart.png` into a directory, each of them whole.
pub(crate) fn write(report: &Report, directory: &Path) -> Result<(), Problem> {
    let failed = |e: &dyn Display| failed(directory, e);
    fs::create_dir_all(directory).map_err(|e| failed(&e))?;
    let draft = TempDir::with_prefix_in(".report-", directory).map_err(|e| failed(&e))?;
    let Pictures { throughput, others, best } = pictures(report)?;
    let chart = charts::svg(&throughput)?;
    charts::png(&throughput, &draft.path().join("chart.png"))?;
    let drawn = std::iter::once(chart.clone()).chain(others).collect();
    let content = Content {
        report,
        tables: report.tables(&[Task::Upload, Task::Again, Task::Verify]),
        pictures: drawn,
        best,
    };
    let markdown = Markdown { content: &content }.render().map_err(|e| failed(&e))?;
    let html = Html { content }.render().map_err(|e| failed(&e))?;
    let json = serde_json::to_string_pretty(report).map_err(|e| failed(&e))? + "\n";
    for (name, text) in
        [("chart.svg", chart), ("report.md", markdown), ("report.html", html), ("report.json", json)]
    {
        fs::write(draft.path().join(name), text).map_err(|e| failed(&e))?;
    }
    for name in FILES {
        fs::rename(draft.path().join(name), directory.join(name)).map_err(|e| failed(&e))?;
    }
    Ok(())
}

/// The files, in the order in which they are put in place.
const FILES: [&str; 5] = ["chart.png", "chart.svg", "report.md", "report.html", "report.json"];

impl Content<'_> {
    /// Where it was measured, and how: what a figure means nothing without.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let Report { machine, place, runs, warmup, date, version, command, .. } = self.report;
        let machine = format!(
            "{}, {} cores, {} of memory, {}, kernel {}, {}",
            machine.cpu,
            machine.cores,
            human_bytes(machine.memory_bytes),
            machine.os,
            machine.kernel,
            machine.architecture
        );
        let turns = format!(
            "{runs} turns of each tool, one after the other, after {warmup} that do not count; figures are medians"
        );
        vec![
            ("measured", format!("{}, with tt-bench {version}", date.strftime("%Y-%m-%d %H:%M UTC"))),
            ("machine", machine),
            ("destination", place.text()),
            ("turns", turns),
            ("command", command.clone()),
        ]
    }

    /// What else must be said with the figures.
    fn remarks(&self) -> Vec<&'static str> {
        let PlaceInfo { local, tls, .. } = self.report.place;
        let mut remarks = vec![
            "Each upload was proved: tt-verify held every object against its file. A tool that lost or damaged one has no \
             figures.",
            "CPU is user and system time of all processes of a tool, memory the sum of the largest resident sets that they \
             had.",
        ];
        if local {
            remarks.push(
                "The endpoint runs on the same machine: what it needs of the processor, the tools don't have. Its share is \
                 in the tables.",
            );
        }
        if tls == Some(false) {
            remarks.push(
                "Over plain HTTP some tools sign the bytes that they send with SHA-256, which takes CPU that HTTPS does \
                 not; --tls measures that.",
            );
        }
        remarks
    }
}

impl PlaceInfo {
    /// In words.
    pub(crate) fn text(&self) -> String {
        if !self.local {
            return self.dest.clone().unwrap_or_default();
        }
        let scheme = if self.tls == Some(true) { "HTTPS" } else { "HTTP" };
        let rate = |rate: Option<u64>, what: &str| {
            rate.map(|rate| format!("{} {what}", figures::rate(super::number(rate))))
        };
        let rtt =
            self.rtt_seconds.filter(|rtt| *rtt > 0.0).map(|rtt| format!("{:.0} ms an answer", rtt * 1e3));
        let limits = [
            rate(self.link_bytes_per_second, "in all"),
            rate(self.connection_bytes_per_second, "a connection"),
            rtt,
        ];
        let head =
            format!("an endpoint on the same machine, which checks bodies and drops them, over {scheme}");
        std::iter::once(head).chain(limits.into_iter().flatten()).collect::<Vec<_>>().join(", ")
    }
}
