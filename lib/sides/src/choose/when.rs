//! Points in time as people say them: so long ago, or then.

use std::str::FromStr;

use jiff::{Span, Timestamp, ZonedDateTime, civil::DateTime, tz::TimeZone};
use tt_record::{Problem, ProblemKind};

/// A point in time.
#[derive(Clone, Debug)]
pub(super) enum When {
    /// So long ago.
    Age(Span),
    /// Then.
    At(Timestamp),
}

impl When {
    /// The point in time, seen from `now`. Days and longer are those of the calendar.
    pub(super) fn resolve(&self, now: &ZonedDateTime) -> Result<Timestamp, Problem> {
        match self {
            Self::At(time) => Ok(*time),
            Self::Age(age) => now.checked_sub(*age).map(|then| then.timestamp()).map_err(|_| {
                Problem::new(ProblemKind::Usage, format!("no calendar goes back {age:#}"))
                    .hint("say a shorter age, or leave the limit out")
            }),
        }
    }

    /// A time without an offset is one in `zone`.
    fn parse(text: &str, zone: TimeZone) -> Option<Self> {
        if let Ok(time) = text.parse::<Timestamp>() {
            return Some(Self::At(time));
        }
        if let Ok(local) = text.parse::<DateTime>() {
            return local.to_zoned_datetime(zone).ok().map(|time| Self::At(time.timestamp()));
        }
        text.parse::<Span>().ok().filter(|age| !age.is_negative()).map(Self::Age)
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text, TimeZone::system()).ok_or_else(|| {
            format!("{text:?} is neither an age such as 2d or 30m, nor a time such as 2026-11-01T12:00:00Z")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Option<String> {
        let now: ZonedDateTime = "2026-11-25T12:00:00+02:00[+02:00]".parse().unwrap();
        let when = When::parse(text, now.time_zone().clone())?;
        Some(when.resolve(&now).unwrap().to_string())
    }

    #[test]
    fn ages_count_back_from_now() {
        for (age, time) in [
            ("30m", "2026-11-25T09:30:00Z"),
            ("2d", "2026-11-23T10:00:00Z"),
            ("1w 12h", "2026-11-17T22:00:00Z"),
            ("1mo", "2026-10-25T10:00:00Z"),
            ("PT1H", "2026-11-25T09:00:00Z"),
            ("0s", "2026-11-25T10:00:00Z"),
        ] {
            assert_eq!(resolved(age).as_deref(), Some(time), "{age}");
        }
        let ages = When::parse("19000y", TimeZone::UTC).unwrap();
        assert_eq!(ages.resolve(&ZonedDateTime::now()).unwrap_err().kind, ProblemKind::Usage);
    }

    #[test]
    fn times_are_local_unless_they_say_otherwise() {
        for (text, time) in [
            ("2026-11-01", "2026-10-31T22:00:00Z"),
            ("2026-11-01T12:00", "2026-11-01T10:00:00Z"),
            ("2026-11-01 12:00:00.5", "2026-11-01T10:00:00.5Z"),
            ("2026-11-01T12:00:00Z", "2026-11-01T12:00:00Z"),
            ("2026-11-01T12:00:00-05:00", "2026-11-01T17:00:00Z"),
        ] {
            assert_eq!(resolved(text).as_deref(), Some(time), "{text}");
        }
    }

    #[test]
    fn all_else_is_refused() {
        for text in ["", "2", "yesterday", "-2d", "2d ago", "12:00", "2026-13-01", "2026-11-01T25:00"] {
            assert_eq!(resolved(text), None, "{text}");
        }
        assert!("soon".parse::<When>().unwrap_err().contains("neither an age"));
    }
}
