//! Progress in words.

use std::time::Duration;

use super::{account::Moment, meter::Reading};
use crate::{counted, human_bytes, human_duration, printable};

const MINUTE: Duration = Duration::from_mins(1);

/// The longest that a file's name may be on a line.
const NAME: usize = 40;

/// For a terminal, where the line may be cut on the right: what matters most comes first.
///
/// `pushed 45 % of 5.5 GB, 24 % of 500 files, 24s left, 125 MB/s (average 110 MB/s), 64 requests under way: big.iso`
pub(super) fn brief(verb: &str, moment: &Moment, reading: &Reading) -> String {
    if moment.total_files == 0 && !moment.total_known {
        return "waiting for records".to_owned();
    }
    let (bytes, files) = (moment.percent_nearly(), moment.permille_files() / 10);
    let (total, rest) = (human_bytes(moment.total_bytes), pace(moment, reading));
    format!("{verb} {bytes} % of {total}, {files} % of {}, {rest}", all_files(moment))
}

/// For a log.
///
/// `pushed 2.5 GB of 5.5 GB (45 %), 123 of 500 files, 24s left, 125 MB/s (average 110 MB/s), 64 requests under way`
pub(super) fn full(verb: &str, moment: &Moment, reading: &Reading) -> String {
    format!("{}, {}", amounts(verb, moment), pace(moment, reading))
}

/// For the end of a log.
///
/// `pushed 5.5 GB of 5.5 GB (100 %), 500 of 500 files (2 failed) in 50s, 110 MB/s`
pub(super) fn last(verb: &str, moment: &Moment, reading: &Reading) -> String {
    let (took, average) = (human_duration(reading.elapsed), human_bytes(reading.average));
    format!("{} in {took}, {average}/s", amounts(verb, moment))
}

/// `nothing moved for 15 s, 3 requests under way: big.iso`.
pub(super) fn stalled(moment: &Moment, reading: &Reading) -> String {
    format!("nothing moved for {} s, {}", reading.idle.as_secs(), under_way(moment))
}

fn amounts(verb: &str, moment: &Moment) -> String {
    let (done, total) = (human_bytes(moment.nearly()), human_bytes(moment.total_bytes));
    let percent = moment.percent_nearly();
    format!("{verb} {done} of {total} ({percent} %), {} of {}", moment.files, all_files(moment))
}

/// `500 files so far (2 failed)`.
fn all_files(moment: &Moment) -> String {
    let so_far = if moment.total_known { "" } else { " so far" };
    let failed = match moment.failed {
        0 => String::new(),
        failed => format!(" ({failed} failed)"),
    };
    counted(moment.total_files, "file") + so_far + &failed
}

/// `24s left, 125 MB/s (average 110 MB/s), 64 requests under way`, or that nothing moves.
fn pace(moment: &Moment, reading: &Reading) -> String {
    if reading.is_stalled() {
        return stalled(moment, reading);
    }
    let (rate, average) = (human_bytes(reading.rate), human_bytes(reading.average));
    format!("{}{rate}/s (average {average}/s), {}", time_left(reading), under_way(moment))
}

/// `24s left, `, where it is known.
fn time_left(reading: &Reading) -> String {
    match reading.left {
        None | Some(Duration::ZERO) => String::new(),
        // An estimate has no tenths.
        Some(left) if left < MINUTE => format!("{}s left, ", left.as_secs()),
        Some(left) => format!("{} left, ", human_duration(left)),
    }
}

/// `64 requests under way: big.iso, next.iso and 3 more`.
fn under_way(moment: &Moment) -> String {
    let text = counted(moment.requests, "request") + " under way";
    let names: Vec<_> = moment.largest.iter().map(|name| shortened(name)).collect();
    match (names.is_empty(), moment.more) {
        (true, _) => text,
        (false, 0) => format!("{text}: {}", names.join(", ")),
        (false, more) => format!("{text}: {} and {more} more", names.join(", ")),
    }
}

/// A name that leaves room for others: its end mostly says more than its middle.
fn shortened(name: &str) -> String {
    let name = printable(name);
    let length = name.chars().count();
    if length <= NAME {
        return name.into_owned();
    }
    let half = NAME / 2;
    let head: String = name.chars().take(half).collect();
    let tail: String = name.chars().skip(length - half + 1).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> Moment {
        Moment {
            files: 123,
            bytes: 2_500_000_000,
            total_files: 500,
            total_bytes: 5_500_000_000,
            total_known: true,
            requests: 64,
            ..Moment::default()
        }
    }

    const READING: Reading = Reading {
        elapsed: Duration::from_secs(23),
        rate: 125_000_000,
        average: 110_000_000,
        left: Some(Duration::from_secs(24)),
        idle: Duration::ZERO,
    };

    #[test]
    fn a_terminal_gets_what_matters_first() {
        assert_eq!(
            brief("pushed", &moment(), &READING),
            "pushed 45 % of 5.5 GB, 24 % of 500 files, 24s left, 125.0 MB/s (average 110.0 MB/s), \
             64 requests under way"
        );
    }

    #[test]
    fn a_log_gets_all() {
        let moment = Moment { failed: 2, largest: vec!["a\nb".into(), "x".repeat(50)], more: 3, ..moment() };
        let shown = full("pushed", &moment, &READING);
        let (half, rest) = ("x".repeat(20), "x".repeat(19));
        assert_eq!(
            shown,
            format!(
                "pushed 2.5 GB of 5.5 GB (45 %), 123 of 500 files (2 failed), 24s left, \
                 125.0 MB/s (average 110.0 MB/s), 64 requests under way: a\\nb, {half}…{rest} and 3 more"
            )
        );
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let moment = Moment { total_known: false, total_files: 1, requests: 1, ..moment() };
        let shown = brief("pushed", &moment, &Reading { left: None, ..READING });
        assert!(shown.contains("of 1 file so far, 125.0 MB/s"), "{shown}");
        assert!(shown.ends_with("1 request under way"), "{shown}");
    }

    #[test]
    fn the_end_tells_what_it_came_to() {
        let done = Moment { files: 500, bytes: 5_500_000_000, requests: 0, ..moment() };
        let shown = last("pushed", &done, &READING);
        assert_eq!(shown, "pushed 5.5 GB of 5.5 GB (100 %), 500 of 500 files in 23s, 110.0 MB/s");
    }

    #[test]
    fn the_time_left_is_an_estimate() {
        let left =
            |seconds| pace(&moment(), &Reading { left: Some(Duration::from_secs(seconds)), ..READING });
        assert!(left(0).starts_with("125.0 MB/s"));
        assert!(left(9).starts_with("9s left"));
        assert!(left(61).starts_with("1m 1s left"));
    }

    #[test]
    fn a_terminal_is_told_that_there_is_nothing_to_do_yet() {
        assert_eq!(brief("pushed", &Moment::default(), &READING), "waiting for records");
    }

    #[test]
    fn a_stall_takes_the_place_of_the_rates() {
        let reading = Reading { idle: Duration::from_secs(75), ..READING };
        let shown = brief("pushed", &moment(), &reading);
        assert!(shown.ends_with("of 500 files, nothing moved for 75 s, 64 requests under way"), "{shown}");
    }
}
