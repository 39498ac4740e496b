//! What a record takes: bytes to send, and requests.

use std::ops::AddAssign;

use tt_record::{Put, PutReason, Record};
use tt_store::{LARGEST_COPY, PART_SIZE, Parts};

/// Requests are counted in thousandths: so many objects are deleted by one.
const ONE: u64 = 1000;

/// What is asked of S3 for a file in parts, besides a request for each of them: is there an upload to go on with, begin
/// one, mark it, join it.
const AROUND_PARTS: u64 = 4;

/// An object that is put right in place is looked at, and copied onto itself.
const MENDING: u64 = 2;

/// What it takes to do what records say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Effort {
    /// To upload.
    pub(crate) bytes: u64,
    /// In thousandths.
    requests: u64,
}

impl Effort {
    /// What one record takes, as tt-push and tt-verify work without flags; `None` where it only tells something.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        match record {
            Record::Put(put) if is_mended(put) => Some(Self { bytes: 0, requests: MENDING * ONE }),
            Record::Put(put) => {
                let bytes = put.item.size;
                Some(Self { bytes, requests: upload_requests(bytes) * ONE })
            }
            // Both are looked at, and of what is deleted a thousand go together.
            Record::Keep(_) => Some(Self { bytes: 0, requests: ONE }),
            Record::Delete(_) => Some(Self { bytes: 0, requests: ONE + 1 }),
            _ => None,
        }
    }

    /// Whole requests.
    pub(crate) fn requests(self) -> u64 {
        self.requests.div_ceil(ONE)
    }

    /// Requests, as fine as they are counted.
    pub(crate) fn fine_requests(self) -> u64 {
        self.requests
    }
}

impl AddAssign for Effort {
    fn add_assign(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.requests = self.requests.saturating_add(other.requests);
    }
}

/// Whether an object is put right in place, and no bytes are sent.
pub(crate) fn is_mended(put: &Put) -> bool {
    put.why == PutReason::Properties && put.etag.is_some() && put.item.size <= LARGEST_COPY
}

/// Requests that it takes to bring an object up to date.
pub(crate) fn put_requests(put: &Put) -> u64 {
    if is_mended(put) { MENDING } else { upload_requests(put.item.size) }
}

/// Requests that the upload of a file of this size takes.
fn upload_requests(size: u64) -> u64 {
    Parts::of(size, PART_SIZE).map_or(1, |parts| parts.count() + AROUND_PARTS)
}

/// Requests that deleting so many objects takes, where they come close together.
pub(crate) fn delete_requests(objects: u64) -> u64 {
    objects.div_ceil(ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_take_more_requests() {
        assert_eq!(upload_requests(0), 1);
        assert_eq!(upload_requests(16 << 20), 1);
        assert_eq!(upload_requests((16 << 20) + 1), 3 + AROUND_PARTS);
        assert_eq!(upload_requests(1 << 40), 9987 + AROUND_PARTS);
    }
    #[test]
    fn what_is_mended_in_place_sends_no_bytes() {
        let line = r#"{"type":"put","src":"/a","dst":"s3://b/a","size":99,"mtime":"2026-11-24T13:59:00Z","why":"properties","etag":"x"}"#;
        let Ok(tt_record::Line::Known(record)) = tt_record::decode(line) else { panic!("a record") };
        assert_eq!(Effort::of(&record), Some(Effort { bytes: 0, requests: MENDING * ONE }));
    }
}
