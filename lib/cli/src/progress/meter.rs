//! Rates, the time left, and whether anything moves at all. Has no clock: it is told the time since the start.

use std::{collections::VecDeque, time::Duration};

use super::account::Moment;

/// How far back the rate of now looks.
const WINDOW: Duration = Duration::from_secs(5);

/// Nothing moving for so long is a stall.
pub(super) const STALL: Duration = Duration::from_secs(15);

/// Before that, no rate is worth telling the time left from.
const SETTLED: Duration = Duration::from_secs(2);

/// The longest that one look at the counters may account for: a process that was stopped for an hour did not stall.
const LOOK: Duration = Duration::from_secs(1);

/// Looks at the account again and again.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// When, and how much had been carried by then.
    looks: VecDeque<(Duration, u64)>,
    activity: u64,
    idle: Duration,
}

/// What a meter shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) elapsed: Duration,
    /// Bytes a second, in the last seconds.
    pub(super) rate: u64,
    /// Bytes a second, since the start.
    pub(super) average: u64,
    /// `None` where it can't be told.
    pub(super) left: Option<Duration>,
    /// For how long nothing moved although work was under way.
    pub(super) idle: Duration,
}

impl Reading {
    /// Whether nothing moved for so long that it is worth a word.
    pub(super) fn is_stalled(&self) -> bool {
        self.idle >= STALL
    }
}

impl Meter {
    /// Takes a look, `elapsed` after the start.
    pub(super) fn read(&mut self, elapsed: Duration, moment: &Moment) -> Reading {
        if self.looks.is_empty() {
            self.looks.push_back((Duration::ZERO, 0));
        }
        self.watch(elapsed, moment);
        self.looks.push_back((elapsed, moment.carried));
        // One look stays that is older than the window, so that it is always full.
        while self.looks.get(1).is_some_and(|look| look.0 + WINDOW <= elapsed) {
            self.looks.pop_front();
        }
        let rate = self.rate();
        Reading {
            elapsed,
            rate,
            average: per_second(moment.carried, elapsed),
            left: left(elapsed, moment, rate),
            idle: self.idle,
        }
    }

    fn watch(&mut self, elapsed: Duration, moment: &Moment) {
        let before = self.looks.back().map_or(Duration::ZERO, |look| look.0);
        let activity = moment.activity();
        if activity != self.activity || !moment.is_under_way() {
            self.activity = activity;
            self.idle = Duration::ZERO;
        } else {
            self.idle += elapsed.saturating_sub(before).min(LOOK);
        }
    }

    fn rate(&self) -> u64 {
        match (self.looks.front(), self.looks.back()) {
            (Some(first), Some(last)) => {
                per_second(last.1.saturating_sub(first.1), last.0.saturating_sub(first.0))
            }
            _ => 0,
        }
    }
}

fn per_second(bytes: u64, time: Duration) -> u64 {
    let rate = (u128::from(bytes) * 1_000_000_000).checked_div(time.as_nanos());
    rate.map_or(0, |rate| u64::try_from(rate).unwrap_or(u64::MAX))
}

/// How long the rest takes at this rate.
fn left(elapsed: Duration, moment: &Moment, rate: u64) -> Option<Duration> {
    if !moment.total_known {
        return None;
    }
    if !moment.is_under_way() {
        return Some(Duration::ZERO);
    }
    let rest = moment.total_bytes.saturating_sub(moment.nearly());
    let seconds = rest.checked_div(rate).filter(|_| elapsed >= SETTLED && rest > 0);
    seconds.map(|seconds| Duration::from_secs(seconds.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn moment(carried: u64) -> Moment {
        Moment {
            bytes: carried,
            carried,
            total_bytes: 10_000,
            total_files: 1,
            total_known: true,
            requests: 1,
            ..Moment::default()
        }
    }

    #[test]
    fn the_rate_of_now_forgets_and_the_average_does_not() {
        let mut meter = Meter::default();
        for second in 1..=10 {
            let reading = meter.read(SECOND * second, &moment(u64::from(second) * 100));
            assert_eq!((reading.rate, reading.average), (100, 100));
        }
        for second in 11..=15 {
            meter.read(SECOND * second, &moment(1000 + u64::from(second - 10) * 400));
        }
        let reading = meter.read(SECOND * 15, &moment(3000));
        assert_eq!((reading.rate, reading.average), (400, 200));
        assert_eq!(reading.left, Some(SECOND * 17));
    }

    #[test]
    fn what_an_earlier_run_moved_is_no_rate() {
        let mut meter = Meter::default();
        let resumed = Moment { bytes: 5000, resumed: 5000, ..moment(0) };
        let reading = meter.read(SECOND, &resumed);
        assert_eq!((reading.rate, reading.average, reading.left), (0, 0, None));
        let reading = meter.read(SECOND * 2, &Moment { bytes: 5200, carried: 200, ..resumed });
        assert_eq!((reading.rate, reading.left), (100, Some(SECOND * 48)));
    }

    #[test]
    fn the_time_left_is_told_only_where_it_is_known() {
        let mut meter = Meter::default();
        assert_eq!(meter.read(SECOND, &Moment { total_known: false, ..moment(100) }).left, None);
        let done = Moment { files: 1, requests: 0, ..moment(10_000) };
        assert_eq!(meter.read(SECOND * 2, &done).left, Some(Duration::ZERO));
        assert_eq!(Meter::default().read(SECOND, &moment(100)).left, None, "too early");
        assert_eq!(Meter::default().read(SECOND * 2, &moment(0)).left, None, "nothing moves");
        let in_flight = Moment { in_flight: 1000, ..moment(8000) };
        assert_eq!(Meter::default().read(SECOND * 2, &in_flight).left, Some(SECOND), "nearly done");
    }

    #[test]
    fn nothing_moving_is_a_stall_only_while_work_is_under_way() {
        let mut meter = Meter::default();
        let mut stalled = |range: std::ops::RangeInclusive<u32>, moment: &Moment| {
            range.map(|second| meter.read(SECOND * second, moment)).last().unwrap().is_stalled()
        };
        assert!(!stalled(1..=15, &moment(7)));
        assert!(stalled(16..=16, &moment(7)));
        assert!(!stalled(17..=17, &moment(8)));
        let idle = Moment { requests: 0, files: 1, ..moment(8) };
        assert!(!stalled(18..=60, &idle));
    }

    #[test]
    fn a_process_that_was_stopped_did_not_stall() {
        let mut meter = Meter::default();
        meter.read(SECOND, &moment(7));
        assert_eq!(meter.read(SECOND * 3600, &moment(7)).idle, LOOK);
    }
}
