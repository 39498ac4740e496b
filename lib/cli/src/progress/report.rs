//! Progress for machines, `--progress json`: one object a line on stderr, every second and once more at the end. Other lines
//! on stderr stay as they are; those of progress are the ones that begin with `{"type":"progress"`.
//!
//! ```json
//! {"type":"progress","tool":"tt-push","time":"2026-11-24T09:30:00.251Z","seconds":23.0,"files":123,"files_total":500,
//!  "files_failed":0,"bytes":2500000000,"bytes_total":5500000000,"bytes_resumed":0,"bytes_in_flight":268435456,
//!  "total_known":true,"percent_bytes":45.4,"percent_files":24.6,"rate":125000000,"rate_average":110000000,"seconds_left":24,
//!  "in_flight":64,"stalled_seconds":0,"last":false}
//! ```
//!
//! (Broken up here; it is one line.) A field may be added in any version; none goes or changes its meaning without a new
//! major one.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{account::Moment, meter::Reading};

/// How far a tool is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ProgressReport {
    /// Always `progress`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The tool that reports, such as `tt-push`.
    pub tool: &'static str,
    /// When, in RFC 3339.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// Since the start.
    pub seconds: f64,
    /// Files that are done, failed ones included.
    pub files: u64,
    /// Files to do, as far as known.
    pub files_total: u64,
    /// Files that failed.
    pub files_failed: u64,
    /// Bytes that are done. Less than before where a file turned out to have been sent in vain.
    pub bytes: u64,
    /// Bytes to do, as far as known.
    pub bytes_total: u64,
    /// Bytes among those done that an earlier run had moved.
    pub bytes_resumed: u64,
    /// Bytes not yet done that the network has taken already. People are shown them as done.
    pub bytes_in_flight: u64,
    /// Whether the totals are final: before, more work may be found.
    pub total_known: bool,
    /// The share of the bytes known so far that is done, from 0 to 100, rounded down.
    pub percent_bytes: f64,
    /// The share of the files known so far that is done, from 0 to 100, rounded down.
    pub percent_files: f64,
    /// Bytes a second, in the last five seconds; those in flight count, those resumed do not.
    pub rate: u64,
    /// Bytes a second, since the start.
    pub rate_average: u64,
    /// Seconds left at the present rate; null where that is not known.
    pub seconds_left: Option<u64>,
    /// Requests under way.
    pub in_flight: u64,
    /// For how many seconds nothing moved although work is under way. From 15 on people are told.
    pub stalled_seconds: u64,
    /// Whether this is the last report: the tool is done, or was stopped.
    pub last: bool,
}

impl ProgressReport {
    pub(super) fn new(
        tool: &'static str,
        time: Timestamp,
        moment: &Moment,
        reading: &Reading,
        last: bool,
    ) -> Self {
        Self {
            kind: "progress",
            tool,
            time,
            seconds: (reading.elapsed.as_secs_f64() * 1e3).round() / 1e3,
            files: moment.files,
            files_total: moment.total_files,
            files_failed: moment.failed,
            bytes: moment.bytes,
            bytes_total: moment.total_bytes,
            bytes_resumed: moment.resumed,
            bytes_in_flight: moment.in_flight,
            total_known: moment.total_known,
            percent_bytes: f64::from(moment.permille_bytes()) / 10.0,
            percent_files: f64::from(moment.permille_files()) / 10.0,
            rate: reading.rate,
            rate_average: reading.average,
            seconds_left: reading.left.map(|left| left.as_secs()),
            in_flight: moment.requests,
            stalled_seconds: reading.idle.as_secs(),
            last,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_documentation_shows_a_report() {
        let moment = Moment {
            files: 123,
            bytes: 2_500_000_000,
            total_files: 500,
            total_bytes: 5_500_000_000,
            total_known: true,
            in_flight: 64 * 4_194_304,
            requests: 64,
            ..Moment::default()
        };
        let reading = Reading {
            elapsed: Duration::from_secs(23),
            rate: 125_000_000,
            average: 110_000_000,
            left: Some(Duration::from_secs(24)),
            idle: Duration::ZERO,
        };
        let time = "2026-11-24T09:30:00.251Z".parse().unwrap();
        let report = ProgressReport::new("tt-push", time, &moment, &reading, false);
        let shown =
            include_str!("report.rs").split("```json\n").nth(1).unwrap().split("//! ```").next().unwrap();
        let shown: String = shown.lines().map(|line| line.trim_start_matches("//!").trim()).collect();
        assert_eq!(serde_json::to_string(&report).unwrap(), shown);
    }
}
