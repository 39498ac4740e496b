//! When a log gets a line: seldom enough to be read, often enough to be watched.
//!
//! Always holds: a run shorter than [`QUIET`] leaves no line, and there never is more than one a second.

use std::time::Duration;

use super::{
    account::Moment,
    line::{full, last, stalled},
    meter::{Reading, STALL},
};

/// Before that nothing is said, and afterwards at least once in such a time.
const QUIET: Duration = Duration::from_secs(10);

/// The least time between two lines.
const PAUSE: Duration = Duration::from_secs(1);

/// How many percent further a line comes early.
const PERCENT: u32 = 2;

/// How often a stall that goes on is told again.
const AGAIN: Duration = Duration::from_mins(1);

/// A line for a log, and how loud it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Note(String),
    Warning(String),
}

/// What a log was told so far.
#[derive(Debug)]
pub(super) struct Log {
    verb: &'static str,
    /// When the last line was written, and how far things were then; `None` before the first one.
    last: Option<(Duration, u32)>,
    stall: Stall,
}

/// What was told of a stall.
#[derive(Debug, Default)]
struct Stall {
    /// When the next word is due; `None` where nothing stalls.
    next: Option<Duration>,
    longest: Duration,
}

impl Log {
    pub(super) fn new(verb: &'static str) -> Self {
        Self { verb, last: None, stall: Stall::default() }
    }

    /// What to write now, if anything.
    pub(super) fn entry(&mut self, moment: &Moment, reading: &Reading) -> Option<Entry> {
        let entry = match self.stall.word(reading) {
            Some(Word::Stalled) => Entry::Warning(stalled(moment, reading)),
            Some(Word::Over(after)) => Entry::Note(format!("it goes on after {} s", after.as_secs())),
            None if !reading.is_stalled() && self.is_due(moment, reading) => {
                Entry::Note(full(self.verb, moment, reading))
            }
            None => return None,
        };
        self.last = Some((reading.elapsed, moment.percent_nearly()));
        Some(entry)
    }

    /// The last line of a log that had others.
    pub(super) fn end(&self, moment: &Moment, reading: &Reading) -> Option<Entry> {
        self.last.map(|_| Entry::Note(last(self.verb, moment, reading)))
    }

    fn is_due(&self, moment: &Moment, reading: &Reading) -> bool {
        let Some((time, before)) = self.last else { return reading.elapsed >= QUIET };
        let since = reading.elapsed.saturating_sub(time);
        // Of what is not known yet a percent may be anything.
        let further = moment.total_known && moment.percent_nearly() >= before + PERCENT;
        since >= QUIET || (since >= PAUSE && further)
    }
}

/// What there is to say of a stall.
enum Word {
    Stalled,
    Over(Duration),
}

impl Stall {
    fn word(&mut self, reading: &Reading) -> Option<Word> {
        let due = self.next.unwrap_or(STALL);
        if reading.idle >= due {
            self.longest = reading.idle;
            let told = if due == STALL { Duration::ZERO } else { due };
            self.next = Some(told + AGAIN);
            return Some(Word::Stalled);
        }
        if reading.is_stalled() {
            self.longest = reading.idle;
            return None;
        }
        self.next.take().map(|_| Word::Over(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which something is written, of a run whose percentage and idle time are functions of the time.
    fn written(
        seconds: u64,
        percent: impl Fn(u64) -> u64,
        idle: impl Fn(u64) -> u64,
        known: bool,
    ) -> Vec<(u64, Entry)> {
        let mut log = Log::new("pushed");
        let entry = |tick: u64| {
            let second = tick / 5;
            let moment = Moment {
                bytes: percent(second),
                total_bytes: 100,
                total_known: known,
                requests: 3,
                ..Moment::default()
            };
            let reading = Reading {
                elapsed: Duration::from_millis(tick * 200),
                idle: Duration::from_secs(idle(second)),
                ..Reading::default()
            };
            log.entry(&moment, &reading).map(|entry| (second, entry))
        };
        (0..=seconds * 5).filter_map(entry).collect()
    }

    fn seconds(written: &[(u64, Entry)]) -> Vec<u64> {
        written.iter().map(|(second, _)| *second).collect()
    }

    #[test]
    fn a_short_run_says_nothing() {
        assert!(written(9, |second| second * 11, |_| 0, true).is_empty());
        let log = Log::new("pushed");
        assert_eq!(log.end(&Moment::default(), &Reading::default()), None);
    }

    #[test]
    fn a_slow_run_says_something_every_ten_seconds() {
        assert_eq!(seconds(&written(35, |_| 0, |_| 0, true)), [10, 20, 30]);
    }

    #[test]
    fn a_fast_run_says_something_every_two_percent_but_not_more_than_once_a_second() {
        assert_eq!(seconds(&written(16, |second| second, |_| 0, true)), [10, 12, 14, 16]);
        assert_eq!(seconds(&written(13, |second| second * 5, |_| 0, true)), [10, 11, 12, 13]);
        assert_eq!(seconds(&written(25, |second| second * 4, |_| 0, false)), [10, 20], "not known yet");
    }

    #[test]
    fn a_stall_is_told_now_and_then_and_so_is_its_end() {
        let told = written(200, |_| 7, |second| if second < 190 { second } else { 0 }, true);
        assert_eq!(seconds(&told), [10, 15, 60, 120, 180, 190, 200]);
        let texts: Vec<_> = told.into_iter().map(|(_, entry)| entry).collect();
        let stalled =
            |seconds| Entry::Warning(format!("nothing moved for {seconds} s, 3 requests under way"));
        assert_eq!(texts[1..5], [15, 60, 120, 180].map(stalled));
        assert_eq!(texts[5], Entry::Note("it goes on after 189 s".into()));
    }
}
