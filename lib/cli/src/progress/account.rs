//! The counters, and what they say at one moment.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

/// From this size on a file is under way for long enough to be named.
const LARGE: u64 = 16 << 20;

/// How many large files are named at once.
const NAMED: usize = 2;

/// Counts work, from any thread.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) files: AtomicU64,
    pub(super) failed: AtomicU64,
    /// Moved, now or by an earlier run, and not in vain.
    pub(super) bytes: AtomicU64,
    /// Moved now, in vain or not.
    pub(super) moved: AtomicU64,
    /// Moved by an earlier run.
    pub(super) resumed: AtomicU64,
    /// Taken by the network, of requests under way.
    pub(super) in_flight: Arc<AtomicU64>,
    pub(super) total_files: AtomicU64,
    pub(super) total_bytes: AtomicU64,
    pub(super) total_known: AtomicBool,
    pub(super) requests: AtomicU64,
    large: Mutex<Large>,
}

/// The large files under way.
#[derive(Debug, Default)]
struct Large {
    begun: u64,
    /// Id, size and name.
    files: Vec<(u64, u64, String)>,
}

/// What the counters say at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) files: u64,
    pub(super) failed: u64,
    pub(super) bytes: u64,
    pub(super) resumed: u64,
    pub(super) in_flight: u64,
    /// What went over the line, in flight or arrived, in vain or not: the base of the rates. Less than before where a
    /// request failed.
    pub(super) carried: u64,
    pub(super) total_files: u64,
    pub(super) total_bytes: u64,
    pub(super) total_known: bool,
    pub(super) requests: u64,
    /// The names of the largest files under way, and how many more large ones there are.
    pub(super) largest: Vec<String>,
    pub(super) more: usize,
}

impl Account {
    /// Takes note of a file under way, if it is large.
    pub(super) fn begin(&self, path: &Path, size: u64) -> Option<u64> {
        if size < LARGE {
            return None;
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut large = self.large();
        large.begun += 1;
        let id = large.begun;
        large.files.push((id, size, name));
        Some(id)
    }

    /// A large file is not under way any more.
    pub(super) fn end(&self, id: u64) {
        self.large().files.retain(|file| file.0 != id);
    }

    fn large(&self) -> MutexGuard<'_, Large> {
        self.large.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn largest(&self) -> (Vec<String>, usize) {
        let large = self.large();
        let mut files: Vec<_> = large.files.iter().collect();
        // Of files of one size always the same ones: what is shown is to be steady.
        files.sort_by_key(|(id, size, _)| (u64::MAX - size, *id));
        let more = files.len().saturating_sub(NAMED);
        (files.into_iter().take(NAMED).map(|file| file.2.clone()).collect(), more)
    }

    /// How things are now.
    pub(super) fn moment(&self) -> Moment {
        let (largest, more) = self.largest();
        let in_flight = self.in_flight.load(Relaxed);
        Moment {
            files: self.files.load(Relaxed),
            failed: self.failed.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            resumed: self.resumed.load(Relaxed),
            in_flight,
            carried: self.moved.load(Relaxed).saturating_add(in_flight),
            total_files: self.total_files.load(Relaxed),
            total_bytes: self.total_bytes.load(Relaxed),
            total_known: self.total_known.load(Relaxed),
            requests: self.requests.load(Relaxed),
            largest,
            more,
        }
    }
}

impl Moment {
    /// Whether there is something to do.
    pub(super) fn is_under_way(&self) -> bool {
        self.requests > 0 || self.files < self.total_files
    }

    /// Bytes that are done, and those about to be: what people take for the progress. Only what is done is all.
    pub(super) fn nearly(&self) -> u64 {
        let most = self.total_bytes.saturating_sub(1).max(self.bytes);
        self.bytes.saturating_add(self.in_flight).min(most)
    }

    /// Changes with whatever is done, and stays where nothing is.
    pub(super) fn activity(&self) -> u64 {
        self.carried.wrapping_add(self.resumed).wrapping_add(self.files)
    }

    /// In thousandths, by size.
    pub(super) fn permille_bytes(&self) -> u32 {
        self.permille(self.bytes, self.total_bytes)
    }

    /// In percent, by size, with what is about to be done.
    pub(super) fn percent_nearly(&self) -> u32 {
        self.permille(self.nearly(), self.total_bytes) / 10
    }

    /// In thousandths, by count.
    pub(super) fn permille_files(&self) -> u32 {
        self.permille(self.files, self.total_files)
    }

    /// Rounded down, so that only the whole is a whole. Nothing to do is all done, once that is known.
    fn permille(&self, part: u64, whole: u64) -> u32 {
        let nothing = if self.total_known { 1000 } else { 0 };
        let share = (u128::from(part) * 1000).checked_div(u128::from(whole));
        share.map_or(nothing, |share| u32::try_from(share.min(1000)).unwrap_or(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_rounded_down() {
        let moment =
            |bytes, total_bytes, total_known| Moment { bytes, total_bytes, total_known, ..Moment::default() };
        assert_eq!(moment(0, 0, false).permille_bytes(), 0);
        assert_eq!(moment(0, 0, true).permille_bytes(), 1000);
        assert_eq!(moment(999_999, 1_000_000, true).permille_bytes(), 999);
        assert_eq!(moment(u64::MAX, u64::MAX, true).permille_bytes(), 1000);
        assert_eq!(moment(3, 2, true).permille_bytes(), 1000, "a file that grew");
    }

    #[test]
    fn what_is_in_flight_is_nearly_done_but_never_all() {
        let moment = |bytes, in_flight| Moment { bytes, in_flight, total_bytes: 1000, ..Moment::default() };
        assert_eq!(moment(300, 200).percent_nearly(), 50);
        assert_eq!((moment(300, 700).nearly(), moment(300, 700).percent_nearly()), (999, 99));
        assert_eq!(moment(1000, 0).percent_nearly(), 100);
        assert_eq!(Moment { total_known: true, ..Moment::default() }.percent_nearly(), 100);
    }

    #[test]
    fn the_largest_files_are_named() {
        let account = Account::default();
        assert_eq!(account.begin(Path::new("/a/small"), LARGE - 1), None);
        let ids: Vec<_> = [("/a/one", 1), ("/a/three", 3), ("/a/two", 2)]
            .map(|(path, size)| account.begin(Path::new(path), LARGE * size))
            .into_iter()
            .flatten()
            .collect();
        let moment = account.moment();
        assert_eq!((moment.largest, moment.more), (vec!["three".to_owned(), "two".to_owned()], 1));
        account.end(ids[1]);
        let moment = account.moment();
        assert_eq!((moment.largest, moment.more), (vec!["two".to_owned(), "one".to_owned()], 0));
    }
}
