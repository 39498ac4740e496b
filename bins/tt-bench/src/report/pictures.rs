//! Which charts a report has, and what they show.

use tt_cli::{counted, human_bytes};
use tt_record::Problem;

use super::{
    Latency, Report, Spread, Summary, SweepInfo, Task,
    charts::{self, Axis, Bar, Bars, Group, Heat, Lines, Series},
    figures, number,
    summary::REFERENCE,
};

/// All of them.
pub(super) struct Pictures {
    /// What one looks at first.
    pub(super) throughput: Bars,
    /// The others, drawn as SVG.
    pub(super) others: Vec<String>,
    /// What was best among the settings that were tried.
    pub(super) best: Vec<String>,
}

/// What a bar shows, and in what words.
type Value = (Spread, String);

pub(super) fn pictures(report: &Report) -> Result<Pictures, Problem> {
    let mut others = Vec::new();
    for bars in [cpu(report), memory(report), again(report)] {
        if !bars.groups.is_empty() {
            others.push(charts::svg(&bars)?);
        }
    }
    for set in &report.data {
        let swept = Swept { report, data: &set.name };
        if let Some(lines) = swept.over_concurrency() {
            others.push(charts::svg(&lines)?);
        }
        if let Some(heat) = swept.surface() {
            others.push(charts::svg(&heat)?);
        }
        for tool in report.tools.iter().filter(|tool| tool.name.starts_with(REFERENCE)) {
            let of = |latency: &&Latency| latency.data == set.name && latency.tool == tool.name;
            let latencies: Vec<_> = report.latencies.iter().filter(of).collect();
            if !latencies.is_empty() && report.sweep.is_empty() {
                others.push(charts::svg(&latency(&set.name, &latencies))?);
            }
        }
    }
    let best = report.data.iter().filter_map(|set| Swept { report, data: &set.name }.best()).collect();
    Ok(Pictures { throughput: throughput(report), others, best })
}

/// Bars of all tools, in a group for each data set.
fn bars(
    report: &Report,
    title: &str,
    subtitle: &str,
    task: Task,
    value: impl Fn(&Summary) -> Option<Value>,
) -> Bars {
    let bar = |summary: &Summary| {
        let (spread, text) = value(summary)?;
        Some(Bar {
            label: summary.tool.clone(),
            value: spread.median,
            ends: (summary.runs > 1).then_some((spread.min, spread.max)),
            text,
            ours: summary.tool.starts_with(REFERENCE),
        })
    };
    let group = |set: &super::DataInfo| {
        let of = report.summaries.iter().filter(|s| s.data == set.name && s.task == task);
        let bars: Vec<_> = of.filter_map(bar).collect();
        let title = format!("{}: {}, {}", set.name, counted(set.files, "file"), human_bytes(set.bytes));
        (!bars.is_empty()).then_some(Group { title, bars, limit: None })
    };
    Bars {
        title: title.to_owned(),
        subtitle: format!("{subtitle} Medians of {}, with lines from the least to the most.", report.runs),
        groups: report.data.iter().filter_map(group).collect(),
        footnotes: vec![report.place.text(), origin(report), programs(report)],
    }
}

/// The programs, each once, with their versions.
fn programs(report: &Report) -> String {
    let mut all: Vec<String> = Vec::new();
    for tool in &report.tools {
        let program = tool.name.split(['-', ' ']).next().unwrap_or_default();
        let program = format!("{program} {}", tool.version);
        if !all.contains(&program) {
            all.push(program);
        }
    }
    all.join(", ")
}

/// Where and when.
fn origin(report: &Report) -> String {
    let Report { machine, date, .. } = report;
    format!("{}, {} cores of {}", date.strftime("%Y-%m-%d"), machine.cores, machine.cpu)
}

fn throughput(report: &Report) -> Bars {
    let rate = |summary: &Summary| {
        let rate = summary.bytes_per_second?;
        Some((rate, figures::rate(rate.median)))
    };
    let mut bars = bars(report, "Uploads: bytes a second", "More is better.", Task::Upload, rate);
    if let Some(link) = report.place.link_bytes_per_second.map(number) {
        // Far from it, it would only make all bars short.
        for group in bars.groups.iter_mut().filter(|group| group.largest() > link / 5.0) {
            group.limit = Some((link, format!("the link: {}", figures::rate(link))));
        }
    }
    bars
}

fn cpu(report: &Report) -> Bars {
    let cpu = |summary: &Summary| {
        let unit = summary.cpu_seconds_per_gb / summary.cpu_seconds.median.max(1e-9);
        Some((summary.cpu_seconds.map(|cpu| cpu * unit), figures::seconds(summary.cpu_seconds_per_gb)))
    };
    bars(report, "Uploads: CPU seconds for a GB", "Less is better.", Task::Upload, cpu)
}

fn memory(report: &Report) -> Bars {
    let memory =
        |summary: &Summary| Some((summary.memory_bytes, figures::memory(summary.memory_bytes.median)));
    bars(report, "Uploads: memory", "Less is better.", Task::Upload, memory)
}

fn again(report: &Report) -> Bars {
    let time =
        |summary: &Summary| Some((summary.wall_seconds, figures::seconds(summary.wall_seconds.median)));
    bars(report, "Once more, when nothing has changed: seconds", "Less is better.", Task::Again, time)
}

/// How long requests took, by the share of them that was faster.
fn latency(data: &str, latencies: &[&Latency]) -> Lines {
    let series = |latency: &&Latency| Series {
        name: format!("{} ({})", latency.operation, latency.count),
        points: latency.percentiles.iter().map(|p| (place(p.share), p.seconds.max(1e-6))).collect(),
    };
    let times = || latencies.iter().flat_map(|latency| &latency.percentiles).map(|p| p.seconds.max(1e-6));
    let write = |place: f64| match place {
        _ if place >= ALL => "all".to_owned(),
        _ => format!("{} %", ((1.0 - 1.0 / place) * 1e5).round() / 1e3),
    };
    Lines {
        title: format!("{data}: how long requests of tt took"),
        subtitle:
            "From handing a request to a connection to its answer; that share of the requests was faster."
                .to_owned(),
        x: Axis {
            name: "share of the requests".to_owned(),
            from: 1.0,
            to: ALL,
            write: Box::new(write),
            labels: (0..=4).map(|nines| 10_f64.powi(nines)).collect(),
        },
        y: seconds(times()),
        series: latencies.iter().map(series).collect(),
    }
}

/// An axis for times.
fn seconds(times: impl Iterator<Item = f64> + Clone) -> Axis {
    let from = times.clone().fold(f64::MAX, f64::min) / 1.3;
    let to = times.fold(f64::MIN_POSITIVE, f64::max) * 1.3;
    let labels = charts::round_numbers(from, to);
    Axis { name: "time".to_owned(), from, to, write: Box::new(time), labels }
}

/// Where the share of all lies, which is infinitely far away.
const ALL: f64 = 10_000.0;

/// Where a percentile lies: each further nine as far from the one before.
fn place(percentile: f64) -> f64 {
    (1.0 / (1.0 - percentile / 100.0)).clamp(1.0, ALL)
}

fn time(seconds: f64) -> String {
    match seconds {
        1.0.. => format!("{} s", short(seconds)),
        1e-3.. => format!("{} ms", short(seconds * 1e3)),
        _ => format!("{} µs", short(seconds * 1e6)),
    }
}

fn short(value: f64) -> String {
    let text = if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// What a sweep found with one data set.
struct Swept<'a> {
    report: &'a Report,
    data: &'a str,
}

impl Swept<'_> {
    /// The summaries of our own tool, with what was set.
    fn summaries(&self) -> impl Iterator<Item = (&[(String, String)], &Summary)> {
        let tools = self.report.tools.iter().filter(|tool| !tool.settings.is_empty());
        tools.filter_map(|tool| {
            let summary = self.report.summary(self.data, &tool.name, Task::Upload)?;
            Some((tool.settings.as_slice(), summary))
        })
    }

    /// The fastest, in words.
    fn best(&self) -> Option<String> {
        let by_time = |(_, summary): &(&[(String, String)], &Summary)| summary.wall_seconds.median;
        let (settings, summary) = self.summaries().min_by(|a, b| by_time(a).total_cmp(&by_time(b)))?;
        let flags: Vec<_> = settings.iter().map(|(name, value)| format!("--{name} {value}")).collect();
        let time = figures::seconds(summary.wall_seconds.median);
        Some(format!("{}: {} is fastest, with {time}", self.data, flags.join(" ")))
    }

    /// Time over the number of requests at once, with a line for each of the other settings.
    fn over_concurrency(&self) -> Option<Lines> {
        let mut series: Vec<Series> = Vec::new();
        for (settings, summary) in self.summaries() {
            let of = |(name, _): &&(String, String)| name == "concurrency";
            let requests = settings.iter().find(of)?.1.parse::<f64>().ok()?;
            let others = settings.iter().filter(|setting| !of(setting));
            let others: Vec<_> = others.map(|(name, value)| format!("{name} {value}")).collect();
            let name = if others.is_empty() { REFERENCE.to_owned() } else { others.join(", ") };
            let point = (requests, summary.wall_seconds.median);
            match series.iter_mut().find(|series| series.name == name) {
                Some(series) => series.points.push(point),
                None => series.push(Series { name, points: vec![point] }),
            }
        }
        for line in &mut series {
            line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let points = || series.iter().flat_map(|series| &series.points);
        let places: Vec<_> = points().map(|point| point.0).collect();
        let Spread { min: from, max: to, .. } = Spread::of(places.iter().copied())?;
        Some(Lines {
            title: format!("{}: time over requests at once", self.data),
            subtitle: format!("Less is better. Medians of {}. {}", self.report.runs, origin(self.report)),
            x: Axis {
                name: "requests at once".to_owned(),
                from: from / 1.1,
                to: to * 1.1,
                write: Box::new(|requests| format!("{requests:.0}")),
                labels: places,
            },
            y: seconds(points().map(|point| point.1)),
            series,
        })
    }

    /// Throughput over two settings.
    fn surface(&self) -> Option<Heat> {
        let [across, down] = &self.report.sweep[..] else { return None };
        let field = |line: &String, column: &String| {
            let wanted = [(&across.name, column), (&down.name, line)];
            let has = |settings: &[(String, String)]| {
                wanted.iter().all(|(name, value)| settings.iter().any(|(n, v)| n == *name && v == *value))
            };
            let (_, summary) = self.summaries().find(|(settings, _)| has(settings))?;
            summary.bytes_per_second.map(|rate| rate.median)
        };
        let line = |line: &String| across.values.iter().map(|column| field(line, column)).collect();
        let axis = |sweep: &SweepInfo| (format!("--{}", sweep.name), sweep.values.clone());
        Some(Heat {
            title: format!("{}: bytes a second over two settings", self.data),
            subtitle: format!("Darker is more. Medians of {}. {}", self.report.runs, origin(self.report)),
            across: axis(across),
            down: axis(down),
            fields: down.values.iter().map(line).collect(),
            write: figures::rate,
        })
    }
}
