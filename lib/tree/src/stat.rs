//! What is taken from stat(2).

use std::{fs::Metadata, os::unix::fs::MetadataExt};

use jiff::Timestamp;

/// What tells one state of a file from another: while none of these change, neither did the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    pub(crate) file: FileId,
    pub(crate) size: u64,
    mtime: (i64, i64),
    ctime: (i64, i64),
}

impl Fingerprint {
    /// Whether size and modification time are the same, on the same file system: what every file system keeps.
    pub(crate) fn has_content_of(&self, other: &Self) -> bool {
        (self.file.device(), self.size, self.mtime) == (other.file.device(), other.size, other.mtime)
    }

    /// When the content last changed, in nanoseconds since 1970.
    pub(crate) fn mtime_nanos(&self) -> i128 {
        nanos(self.mtime)
    }

    /// When content or attributes last changed, in nanoseconds since 1970.
    pub(crate) fn ctime_nanos(&self) -> i128 {
        nanos(self.ctime)
    }
}

fn nanos((seconds, nanos): (i64, i64)) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanos)
}

#[cfg(test)]
impl Fingerprint {
    pub(crate) fn at_mtime(self, seconds: i64) -> Self {
        Self { mtime: (seconds, 0), ..self }
    }

    pub(crate) fn at_ctime_plus(self, nanos: i64) -> Self {
        Self { ctime: (self.ctime.0, self.ctime.1 + nanos), ..self }
    }
}

impl From<&Metadata> for Fingerprint {
    fn from(stat: &Metadata) -> Self {
        Self {
            file: stat.into(),
            size: stat.size(),
            mtime: (stat.mtime(), stat.mtime_nsec()),
            ctime: (stat.ctime(), stat.ctime_nsec()),
        }
    }
}

/// What a file has besides its bytes, as far as others would restore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Type and permissions, as `st_mode` has them.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// When it was last read, as far as the filesystem keeps that.
    pub atime: Timestamp,
    /// When its bytes last changed.
    pub mtime: Timestamp,
    /// When bytes or attributes last changed.
    pub ctime: Timestamp,
}

impl From<&Metadata> for Attributes {
    fn from(stat: &Metadata) -> Self {
        Self {
            mode: stat.mode(),
            uid: stat.uid(),
            gid: stat.gid(),
            atime: timestamp(stat.atime(), stat.atime_nsec()),
            mtime: mtime(stat),
            ctime: timestamp(stat.ctime(), stat.ctime_nsec()),
        }
    }
}

/// Which file or directory it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    dev: u64,
    ino: u64,
}

impl FileId {
    pub(crate) fn new(dev: u64, ino: u64) -> Self {
        Self { dev, ino }
    }

    /// Which file system it is on.
    pub(crate) fn device(self) -> u64 {
        self.dev
    }
}

impl From<&Metadata> for FileId {
    fn from(stat: &Metadata) -> Self {
        Self { dev: stat.dev(), ino: stat.ino() }
    }
}

/// The modification time. One that no calendar holds becomes the first or the last that one does.
pub(crate) fn mtime(stat: &Metadata) -> Timestamp {
    timestamp(stat.mtime(), stat.mtime_nsec())
}

pub(crate) fn timestamp(seconds: i64, nanos: i64) -> Timestamp {
    let limit = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    i32::try_from(nanos).ok().and_then(|nanos| Timestamp::new(seconds, nanos).ok()).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_out_of_range_are_clamped() {
        assert_eq!(timestamp(i64::MAX, 0), Timestamp::MAX);
        assert_eq!(timestamp(i64::MIN, 0), Timestamp::MIN);
        assert_eq!(timestamp(-1, 999_999_999).as_nanosecond(), -1);
        assert_eq!(timestamp(0, 1).as_nanosecond(), 1);
    }
}
