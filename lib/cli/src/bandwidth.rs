//! How fast it may go, and when: one rate, or a timetable in local time.
//!
//! ```
//! use tt_cli::Timetable;
//! let timetable: Timetable = "08:00,20MB/s 18:00,off Sat-08:00,off".parse().unwrap();
//! assert_eq!(timetable.at("2026-11-24T09:30".parse().unwrap()), Some(20_000_000));
//! assert_eq!(timetable.at("2026-11-24T23:00".parse().unwrap()), None);
//! ```

use std::{collections::BTreeMap, str::FromStr};

use jiff::{
    ZonedDateTime,
    civil::{DateTime, Time, Weekday},
};

use crate::{counted, rate};

/// What is slower lets services give up waiting; and it is mostly a unit that was forgotten.
const SLOWEST: u64 = 10_000;

/// The days that an entry without one is for.
const WEEK: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];

/// A moment of the week: days since Monday, and the time of day.
type Moment = (i8, Time);

/// A limit in bytes a second; `None` where there is none.
type Limit = Option<u64>;

/// What may be moved per second, over the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timetable {
    /// From when on each limit holds. There is at least one entry; before the first of the week the last one holds.
    entries: BTreeMap<Moment, Limit>,
}

impl Timetable {
    /// The limit at a local time, in bytes a second; `None` where there is none.
    pub fn at(&self, moment: DateTime) -> Limit {
        let moment = (moment.weekday().to_monday_zero_offset(), moment.time());
        let before = self.entries.range(..=moment).next_back().or_else(|| self.entries.last_key_value());
        before.and_then(|(_, limit)| *limit)
    }

    /// The limit at this moment, where this machine is.
    pub fn now(&self) -> Limit {
        self.at(ZonedDateTime::now().datetime())
    }
}

impl FromStr for Timetable {
    type Err = String;

    /// Reads a rate, `off`, or entries such as `08:00,20MB/s` and `Sat-08:00,off`, with spaces between them. An entry
    /// with a weekday wins over one without.
    fn from_str(text: &str) -> Result<Self, String> {
        if !text.contains(',') {
            return Ok(Self { entries: [((0, Time::midnight()), limit(text.trim())?)].into() });
        }
        let entries: Vec<_> = text.split_whitespace().map(entry).collect::<Result<_, _>>()?;
        let (on_one_day, daily): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.day.is_some());
        let mut timetable = spread(&daily)?;
        timetable.extend(spread(&on_one_day)?);
        Ok(Self { entries: timetable })
    }
}

/// One entry, as it was typed.
struct Entry {
    day: Option<Weekday>,
    time: Time,
    limit: Limit,
}

impl Entry {
    fn moments(&self) -> impl Iterator<Item = Moment> {
        let days = WEEK.into_iter().filter(|(_, day)| self.day.is_none_or(|only| only == *day));
        days.map(|(_, day)| (day.to_monday_zero_offset(), self.time))
    }
}

/// The week that entries make. None may stand for the moment of another.
fn spread(entries: &[Entry]) -> Result<BTreeMap<Moment, Limit>, String> {
    let mut week = BTreeMap::new();
    for entry in entries {
        for moment in entry.moments() {
            if week.insert(moment, entry.limit).is_some() {
                return Err(format!("{} stands twice for the same day", entry.time.strftime("%H:%M")));
            }
        }
    }
    Ok(week)
}

fn entry(text: &str) -> Result<Entry, String> {
    let wrong = || format!("{text:?} is not an entry such as 08:00,20MB/s or Sat-18:00,off");
    let (moment, allowed) = text.split_once(',').ok_or_else(wrong)?;
    let (day, time) = match moment.split_once('-') {
        Some((day, time)) => (Some(weekday(day).ok_or_else(wrong)?), time),
        None => (None, moment),
    };
    let time = Time::strptime("%H:%M", time).map_err(|_| wrong())?;
    Ok(Entry { day, time, limit: limit(allowed)? })
}

fn weekday(name: &str) -> Option<Weekday> {
    WEEK.into_iter().find_map(|(known, day)| known.eq_ignore_ascii_case(name).then_some(day))
}

fn limit(text: &str) -> Result<Limit, String> {
    if text == "off" {
        return Ok(None);
    }
    match rate(text) {
        Ok(rate) if rate < SLOWEST => Err(format!(
            "{} a second is too slow for S3, which gives up waiting; is the unit missing, as in 20MB/s?",
            counted(rate, "byte")
        )),
        Ok(rate) => Ok(Some(rate)),
        Err(_) => Err(format!("{text:?} is neither a rate such as 20MB/s or 3Gbit nor off")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The limit in MB/s; 2026-11-23 is a Monday.
    #[track_caller]
    fn expect(timetable: &str, moments: &[(&str, Option<u64>)]) {
        let timetable: Timetable = timetable.parse().unwrap();
        for (moment, limit) in moments {
            assert_eq!(timetable.at(moment.parse().unwrap()), limit.map(|mb| mb * 1_000_000), "{moment}");
        }
    }

    #[test]
    fn a_rate_holds_always() {
        expect("20MB/s", &[("2026-11-23T00:00", Some(20)), ("2026-11-29T23:59:59.9", Some(20))]);
        expect("off", &[("2026-11-24T12:00", None)]);
    }

    #[test]
    fn an_entry_holds_until_the_next_one_even_over_midnight() {
        let day = "18:00,off 08:00,20MB/s 12:30,30MB/s";
        expect(day, &[("2026-11-24T08:00", Some(20)), ("2026-11-24T12:29:59.999999999", Some(20))]);
        expect(day, &[("2026-11-24T12:30", Some(30)), ("2026-11-24T18:00", None)]);
        // The first night of the week comes after its last evening.
        expect(day, &[("2026-11-24T00:00", None), ("2026-11-23T07:59", None)]);
        expect("22:00,50MB/s", &[("2026-11-23T00:00", Some(50)), ("2026-11-23T22:00", Some(50))]);
        expect("00:00,1MB/s 06:00,2MB/s", &[("2026-11-24T00:00", Some(1)), ("2026-11-23T23:59", Some(2))]);
    }

    #[test]
    fn a_weekday_has_entries_of_its_own() {
        let week = "08:00,20MB/s 18:00,off Sat-08:00,off sun-20:00,5MB/s";
        expect(week, &[("2026-11-27T08:00", Some(20)), ("2026-11-28T08:00", None)]);
        expect(week, &[("2026-11-29T08:00", Some(20)), ("2026-11-29T21:00", Some(5))]);
        expect(week, &[("2026-11-30T07:00", Some(5)), ("2026-11-30T08:00", Some(20))]);
        expect("Mon-00:00,1MB/s Fri-23:59,off", &[("2026-11-26T12:00", Some(1)), ("2026-11-29T12:00", None)]);
    }

    #[test]
    fn what_can_not_be_meant_is_refused() {
        for wrong in ["", "fast", "0", "100", "08:00", "08:00,", "08:00,20MB/s,", "8,20MB/s", "24:00,1MB/s"] {
            assert!(wrong.parse::<Timetable>().is_err(), "{wrong:?}");
        }
        for wrong in
            ["Day-08:00,1MB/s", "08:00,1MB/s off", "08:00,1MB/s 08:00,off", "Mon-1:00,off Mon-01:00,off"]
        {
            assert!(wrong.parse::<Timetable>().is_err(), "{wrong:?}");
        }
        assert!("100".parse::<Timetable>().unwrap_err().contains("unit"));
    }
}
