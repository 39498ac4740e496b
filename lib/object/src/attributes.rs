//! A file's attributes as metadata of its object, each in the forms that others read.
//!
//! | who | names | form |
//! |---|---|---|
//! | rclone, s3fs | `mtime` | seconds since 1970, with nine decimals |
//! | s3fs | `ctime`; `mode`, `uid`, `gid` | the same; decimal numbers |
//! | AWS DataSync, FSx for Lustre | `file-permissions` | type and mode in octal, such as `0100644` |
//! | | `file-owner`, `file-group` | decimal numbers |
//! | | `file-mtime`, `file-atime` | nanoseconds since 1970, such as `1700000000123456789ns` |
//!
//! Of these the time of modification is read back, with as many decimals as whoever wrote it has taken the time to give.

use std::cmp::Ordering;

use jiff::Timestamp;
use tt_record::Properties;
use tt_tree::Attributes;

/// The name of the only attribute that changes by reading a file.
pub const ACCESS_TIME: &str = "file-atime";

const MTIME: &str = "mtime";
const FILE_MTIME: &str = "file-mtime";

/// Decimals of a second in the time of a file.
const DECIMALS: usize = 9;

/// The properties that tell the attributes.
pub fn preserved(attributes: Attributes) -> Properties {
    let Attributes { mode, uid, gid, atime, mtime, ctime } = attributes;
    let metadata = [
        (MTIME, seconds(mtime)),
        ("ctime", seconds(ctime)),
        ("mode", mode.to_string()),
        ("uid", uid.to_string()),
        ("gid", gid.to_string()),
        ("file-permissions", format!("0{mode:o}")),
        ("file-owner", uid.to_string()),
        ("file-group", gid.to_string()),
        (FILE_MTIME, nanoseconds(mtime)),
        (ACCESS_TIME, nanoseconds(atime)),
    ];
    Properties {
        metadata: metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        ..Properties::default()
    }
}

fn seconds(time: Timestamp) -> String {
    let nanos = time.as_nanosecond();
    let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    format!("{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

fn nanoseconds(time: Timestamp) -> String {
    format!("{}ns", time.as_nanosecond())
}

/// When a file was modified, as the metadata of its object tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldTime {
    /// In nanoseconds since 1970.
    nanos: i128,
    /// What it was cut or rounded to, in nanoseconds.
    unit: i128,
}

impl ToldTime {
    /// The time in an object's metadata, if there is one that can be read.
    pub fn of(properties: &Properties) -> Option<Self> {
        let value = |name| properties.metadata.get(name).map(|value| value.trim());
        value(MTIME).and_then(Self::seconds).or_else(|| value(FILE_MTIME).and_then(Self::nanoseconds))
    }

    /// How a file's time compares with it: equal, where both are the same as far as this one goes.
    pub fn order(self, mtime: Timestamp) -> Ordering {
        let later = mtime.as_nanosecond() - self.nanos;
        if later.abs() < self.unit { Ordering::Equal } else { later.cmp(&0) }
    }

    fn seconds(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        if !(whole.bytes().chain(decimals.bytes())).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let decimals = decimals.get(..DECIMALS).unwrap_or(decimals);
        let unit = 10_i128.pow(u32::try_from(DECIMALS - decimals.len()).ok()?);
        let nanos = format!("{whole}{decimals}").parse::<i64>().ok().map(i128::from)?.checked_mul(unit)?;
        Some(Self { nanos: if negative { -nanos } else { nanos }, unit })
    }

    fn nanoseconds(text: &str) -> Option<Self> {
        let nanos = text.strip_suffix("ns")?.parse::<i64>().ok()?;
        Some(Self { nanos: nanos.into(), unit: 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, value: &str) -> Option<ToldTime> {
        let metadata = [(name.to_owned(), value.to_owned())].into();
        ToldTime::of(&Properties { metadata, ..Properties::default() })
    }

    #[test]
    fn what_is_told_is_read_back() {
        for nanos in [0, 1, -1, 1_700_000_000_123_456_789, -1_500_000_000] {
            let time = Timestamp::from_nanosecond(nanos).unwrap();
            for (name, value) in [(MTIME, seconds(time)), (FILE_MTIME, nanoseconds(time))] {
                assert_eq!(told(name, &value), Some(ToldTime { nanos, unit: 1 }), "{name} {value}");
            }
        }
        for wrong in ["", "soon", "1.-5", "--1", "1e9", "2024-01-01T00:00:00Z", "99999999999999999999"] {
            assert_eq!(told(MTIME, wrong), None, "{wrong}");
        }
        assert_eq!(told(FILE_MTIME, "17"), None);
    }

    #[test]
    fn times_compare_as_far_as_the_metadata_go() {
        let file = Timestamp::from_nanosecond(1_700_000_000_123_456_789).unwrap();
        for (value, order) in [
            ("1700000000", Ordering::Equal),
            ("1700000000.1", Ordering::Equal),
            ("1700000000.123456789", Ordering::Equal),
            // Rounded, as those do who reckon with floating point.
            ("1700000000.1234568", Ordering::Equal),
            ("1700000000.123456780", Ordering::Greater),
            ("1700000000.123456790", Ordering::Less),
            ("1699999999", Ordering::Greater),
            ("1700000002", Ordering::Less),
        ] {
            assert_eq!(told(MTIME, value).unwrap().order(file), order, "{value}");
        }
    }

    #[test]
    fn each_reader_finds_its_form() {
        let time = |nanos| Timestamp::from_nanosecond(nanos).unwrap();
        let attributes = Attributes {
            mode: 0o100_640,
            uid: 1000,
            gid: 100,
            atime: time(1),
            mtime: time(1_700_000_000_123_456_789),
            ctime: time(-1_500_000_000),
        };
        let metadata = preserved(attributes).metadata;
        let expected = [
            ("ctime", "-1.500000000"),
            ("file-atime", "1ns"),
            ("file-group", "100"),
            ("file-mtime", "1700000000123456789ns"),
            ("file-owner", "1000"),
            ("file-permissions", "0100640"),
            ("gid", "100"),
            ("mode", "33184"),
            ("mtime", "1700000000.123456789"),
            ("uid", "1000"),
        ];
        let found: Vec<_> = metadata.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, expected);
    }
}
