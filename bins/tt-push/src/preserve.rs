//! A file's attributes as metadata of its object, each in the forms that others read.
//!
//! | who | names | form |
//! |---|---|---|
//! | rclone, s3fs | `mtime` | seconds since 1970, with nine decimals |
//! | s3fs | `ctime`; `mode`, `uid`, `gid` | the same; decimal numbers |
//! | AWS DataSync, FSx for Lustre | `file-permissions` | type and mode in octal, such as `0100644` |
//! | | `file-owner`, `file-group` | decimal numbers |
//! | | `file-mtime`, `file-atime` | nanoseconds since 1970, such as `1700000000123456789ns` |

use jiff::Timestamp;
use tt_record::Properties;
use tt_tree::Attributes;

/// The name of the only attribute that changes by reading a file.
pub(crate) const ACCESS_TIME: &str = "file-atime";

/// The properties that tell the attributes.
pub(crate) fn preserved(attributes: Attributes) -> Properties {
    let Attributes { mode, uid, gid, atime, mtime, ctime } = attributes;
    let metadata = [
        ("mtime", seconds(mtime)),
        ("ctime", seconds(ctime)),
        ("mode", mode.to_string()),
        ("uid", uid.to_string()),
        ("gid", gid.to_string()),
        ("file-permissions", format!("0{mode:o}")),
        ("file-owner", uid.to_string()),
        ("file-group", gid.to_string()),
        ("file-mtime", nanoseconds(mtime)),
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

#[cfg(test)]
mod tests {
    use super::*;

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
