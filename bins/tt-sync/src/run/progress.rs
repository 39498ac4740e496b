//! How far the upload is: from the reports of tt-push to the lines that operators know, and to what last-sync.json keeps.

use std::time::{Duration, Instant};

use jiff::ZonedDateTime;
use serde::{Deserialize, Serialize};
use tt_cli::{human_bytes, human_duration};

use crate::log::Level;

/// How long nothing may be said of a run under way, and how many percent it may come further meanwhile.
const EVERY: Duration = Duration::from_secs(5);
const STEP: f64 = 2.0;

/// How long nothing may move until that is said, and how often then.
const STALL: u64 = 30;
const STILL: u64 = 60;

/// How many percent lie between two points of the history.
const POINT: f64 = 5.0;

/// A report, as far as it matters here.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Report {
    pub(crate) files: u64,
    pub(crate) files_total: u64,
    pub(crate) bytes: u64,
    pub(crate) bytes_total: u64,
    /// Taken by the network already.
    #[serde(default)]
    pub(crate) bytes_in_flight: u64,
    pub(crate) total_known: bool,
    pub(crate) percent_bytes: f64,
    pub(crate) percent_files: f64,
    pub(crate) rate: u64,
    pub(crate) seconds_left: Option<u64>,
    pub(crate) stalled_seconds: u64,
    pub(crate) last: bool,
}

/// A point of the history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Point {
    time: String,
    bytes: u64,
    files: u64,
    percent: f64,
}

/// What was said and kept so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    latest: Option<Report>,
    announced: bool,
    said: Option<(Instant, f64)>,
    stalled: u64,
    history: Vec<Point>,
}

impl Report {
    /// The report in a line of stderr; none, if it is none.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let report: Self =
            line.starts_with(r#"{"type":"progress""#).then(|| serde_json::from_str(line).ok())??;
        Some(report.nearly())
    }

    /// The same, with what the network has taken as done: else nothing would move for long during one huge file.
    fn nearly(self) -> Self {
        let bytes = self.bytes_total.min(self.bytes + self.bytes_in_flight);
        Self { bytes, percent_bytes: percent(bytes, self.bytes_total), ..self }
    }

    /// `2.5GB/5.5GB`, as operators know it.
    fn bytes(&self) -> String {
        format!("{}/{}", short(self.bytes), short(self.bytes_total))
    }

    /// `Progress: 123/500 files …`
    fn line(&self) -> String {
        let left = self.seconds_left.map(Duration::from_secs);
        let left = left.map_or("unknown".to_owned(), |left| match left.as_secs() {
            0..60 => format!("{}s", left.as_secs()),
            _ => human_duration(left),
        });
        // In megabytes with two digits, whatever the rate.
        let centi = self.rate / 10_000;
        format!(
            "Progress: {}/{} files ({:.1}% by size, {:.1}% by count) | {} | Speed: {}.{:02} MB/s | ETA: {left}",
            self.files,
            self.files_total,
            self.percent_bytes,
            self.percent_files,
            self.bytes(),
            centi / 100,
            centi % 100
        )
    }
}

/// Makes reports for an engine that makes none, of the files that it says are uploaded.
pub(crate) struct Meter {
    started: Instant,
    report: Report,
}

impl Meter {
    /// One for so many files, and bytes.
    pub(crate) fn new((files_total, bytes_total): (u64, u64)) -> Self {
        let report = Report { files_total, bytes_total, total_known: true, ..Report::default() };
        Self { started: Instant::now(), report }
    }

    /// How far it is.
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// A file of that size is uploaded.
    pub(crate) fn uploaded(&mut self, size: u64) -> Report {
        let report = &mut self.report;
        report.files += 1;
        report.bytes += size;
        report.percent_bytes = percent(report.bytes, report.bytes_total);
        report.percent_files = percent(report.files, report.files_total);
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        report.rate = report.bytes.saturating_mul(1000) / millis;
        let rest = report.bytes_total.saturating_sub(report.bytes);
        report.seconds_left = rest.checked_div(report.rate);
        report.last = report.files == report.files_total;
        report.clone()
    }
}

/// A share, from 0 to 100, with a digit behind the point.
fn percent(part: u64, all: u64) -> f64 {
    let permille = part.saturating_mul(1000).checked_div(all).unwrap_or(1000);
    f64::from(u32::try_from(permille).unwrap_or(1000)) / 10.0
}

/// A size without a space: `150GB`, `2.5GB`.
pub(crate) fn short(bytes: u64) -> String {
    human_bytes(bytes).replace(".0 ", "").replace(' ', "")
}

impl Progress {
    /// Takes a report, and gives what is to be said because of it.
    pub(crate) fn take(
        &mut self,
        report: &Report,
        now: Instant,
        time: &ZonedDateTime,
    ) -> Vec<(Level, String)> {
        let mut lines = Vec::new();
        if report.total_known {
            lines.extend(self.announce(report.files_total, report.bytes_total));
        }
        if report.total_known && report.bytes_total > 0 && report.files_total > 0 {
            self.note(report, time);
            lines.extend(self.due(report, now).then(|| (Level::Info, report.line())));
        }
        lines.extend(self.stall(report).map(|line| (Level::Warn, line)));
        self.latest = Some(report.clone());
        lines
    }

    /// What is to be said although nothing was reported: whoever reads the log sees that the work goes on.
    pub(crate) fn remind(&mut self, now: Instant) -> Option<(Level, String)> {
        let report = self.latest.take_if(|report| !report.last)?;
        let line = (report.total_known && self.due(&report, now)).then(|| (Level::Info, report.line()));
        self.latest = Some(report);
        line
    }

    /// How much there is to do, if there is anything, once.
    pub(crate) fn announce(&mut self, files: u64, bytes: u64) -> Option<(Level, String)> {
        let first = !std::mem::replace(&mut self.announced, true);
        (first && files > 0).then(|| (Level::Info, format!("Files to sync: {files} ({})", short(bytes))))
    }

    /// A point for each few percent.
    pub(crate) fn history(&self) -> &[Point] {
        &self.history
    }

    fn due(&mut self, report: &Report, now: Instant) -> bool {
        let percent = report.percent_bytes;
        let due =
            self.said.is_none_or(|(at, before)| now.duration_since(at) >= EVERY || percent >= before + STEP);
        if due || report.last {
            self.said = Some((now, percent));
        }
        due || report.last
    }

    fn note(&mut self, report: &Report, time: &ZonedDateTime) {
        let Report { bytes, files, percent_bytes: percent, .. } = *report;
        let next =
            self.history.last().map_or(POINT, |point| (point.percent / POINT).floor().mul_add(POINT, POINT));
        if percent >= next {
            let time = time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            self.history.push(Point { time, bytes, files, percent });
        }
    }

    fn stall(&mut self, report: &Report) -> Option<String> {
        let seconds = report.stalled_seconds;
        if seconds < STALL {
            self.stalled = 0;
            return None;
        }
        let next = if self.stalled == 0 { STALL } else { self.stalled + STILL };
        (seconds >= next).then(|| {
            self.stalled = seconds;
            format!(
                "Stalled: nothing has moved for {seconds}s, at {} files, {}",
                report.files,
                report.bytes()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(percent: f64, stalled_seconds: u64) -> Report {
        Report {
            files: 123,
            files_total: 500,
            bytes: 2_500_000_000,
            bytes_total: 5_500_000_000,
            bytes_in_flight: 0,
            total_known: true,
            percent_bytes: percent,
            percent_files: 24.6,
            rate: 125_000_000,
            seconds_left: Some(24),
            stalled_seconds,
            last: false,
        }
    }

    #[test]
    fn lines_are_as_operators_know_them() {
        assert_eq!(
            report(45.2, 0).line(),
            "Progress: 123/500 files (45.2% by size, 24.6% by count) | 2.5GB/5.5GB | Speed: 125.00 MB/s | ETA: 24s"
        );
        assert_eq!(
            (short(150_000_000_000), short(17), short(0)),
            ("150GB".into(), "17B".into(), "0B".into())
        );
    }

    #[test]
    fn what_the_network_has_taken_counts() {
        let line = r#"{"type":"progress","files":0,"files_total":1,"bytes":10,"bytes_total":100,"bytes_in_flight":35,
            "total_known":true,"percent_bytes":10.0,"percent_files":0.0,"rate":1,"seconds_left":null,"stalled_seconds":0,
            "last":false}"#;
        let report = Report::parse(line).unwrap();
        assert_eq!((report.bytes, report.percent_bytes), (45, 45.0));
        assert!(Report::parse("tt-push: something").is_none());
    }

    #[test]
    fn something_is_said_every_five_seconds_or_two_percent() {
        let (mut progress, start, time) = (Progress::default(), Instant::now(), ZonedDateTime::now());
        let mut said = |percent, seconds| {
            progress.take(&report(percent, 0), start + Duration::from_secs(seconds), &time).len()
        };
        assert_eq!(said(0.0, 0), 2);
        assert_eq!(said(1.0, 1), 0);
        assert_eq!(said(2.0, 2), 1);
        assert_eq!(said(2.1, 6), 0);
        assert_eq!(said(2.2, 7), 1);
        assert_eq!(said(100.0, 8), 1);
        let percents: Vec<_> = progress.history().iter().map(|point| point.percent).collect();
        assert_eq!(percents, [100.0]);
    }

    #[test]
    fn the_log_goes_on_where_nothing_is_reported() {
        let (mut progress, start, time) = (Progress::default(), Instant::now(), ZonedDateTime::now());
        assert_eq!(progress.remind(start), None);
        let mut meter = Meter::new((2, 100));
        progress.take(meter.report(), start, &time);
        assert_eq!(progress.remind(start + EVERY / 2), None);
        assert!(progress.remind(start + EVERY).unwrap().1.starts_with("Progress: 0/2 files (0.0% by size"));
        assert_eq!(progress.remind(start + EVERY), None);
        progress.take(&meter.uploaded(50), start + EVERY, &time);
        progress.take(&meter.uploaded(50), start + EVERY, &time);
        assert_eq!(progress.remind(start + 9 * EVERY), None);
    }

    #[test]
    fn stalls_are_said_and_said_again() {
        let (mut progress, now, time) = (Progress::default(), Instant::now(), ZonedDateTime::now());
        let mut stalls = |seconds| {
            let lines = progress.take(&report(10.0, seconds), now, &time);
            lines.iter().filter(|(level, _)| *level == Level::Warn).count()
        };
        assert_eq!([0, 29, 30, 31, 89, 90, 91, 0, 30].map(&mut stalls), [0, 0, 1, 0, 0, 1, 0, 0, 1]);
    }

    #[test]
    fn the_history_has_a_point_for_every_five_percent() {
        let (mut progress, now, time) = (Progress::default(), Instant::now(), ZonedDateTime::now());
        for percent in [1.0, 4.9, 5.0, 7.0, 9.9, 10.4, 23.0, 24.0, 25.0] {
            progress.take(&report(percent, 0), now, &time);
        }
        let percents: Vec<_> = progress.history().iter().map(|point| point.percent).collect();
        assert_eq!(percents, [5.0, 10.4, 23.0, 25.0]);
    }
}
