//! Which files take part, by size and age: what a name does not tell.

use jiff::Timestamp;

/// Limits on size and modification time. What is left open limits nothing.
///
/// ```
/// use tt_tree::Select;
///
/// let large = Select { min_size: Some(1000), ..Select::default() };
/// assert!(large.takes(1000, jiff::Timestamp::now()) && !large.takes(999, jiff::Timestamp::now()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Select {
    /// The smallest size.
    pub min_size: Option<u64>,
    /// The largest size.
    pub max_size: Option<u64>,
    /// Only what was modified then or later.
    pub newer_than: Option<Timestamp>,
    /// Only what was modified before. So of one point in time, every file is either newer or older.
    pub older_than: Option<Timestamp>,
}

impl Select {
    /// Whether a file takes part.
    pub fn takes(&self, size: u64, mtime: Timestamp) -> bool {
        self.min_size.is_none_or(|min| size >= min)
            && self.max_size.is_none_or(|max| size <= max)
            && self.newer_than.is_none_or(|start| mtime >= start)
            && self.older_than.is_none_or(|end| mtime < end)
    }

    /// Whether sizes contradict each other, so that no file takes part.
    pub fn has_no_size(&self) -> bool {
        self.min_size.zip(self.max_size).is_some_and(|(min, max)| min > max)
    }

    /// Whether times contradict each other, so that no file takes part.
    pub fn has_no_time(&self) -> bool {
        self.newer_than.zip(self.older_than).is_some_and(|(start, end)| start >= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::new(second, 0).unwrap()
    }

    #[test]
    fn what_is_left_open_limits_nothing() {
        let all = Select::default();
        assert!(all.takes(0, Timestamp::MIN) && all.takes(u64::MAX, Timestamp::MAX));
        assert!(!all.has_no_size() && !all.has_no_time());
    }

    #[test]
    fn both_sizes_are_within() {
        let some = Select { min_size: Some(2), max_size: Some(3), ..Select::default() };
        let taken: Vec<u64> = (0..6).filter(|size| some.takes(*size, at(0))).collect();
        assert_eq!(taken, [2, 3]);
        assert!(Select { max_size: Some(1), ..some }.has_no_size() && !some.has_no_size());
        assert!(!Select { max_size: Some(2), ..some }.has_no_size());
    }

    #[test]
    fn a_point_in_time_is_newer_and_not_older() {
        let newer = Select { newer_than: Some(at(5)), ..Select::default() };
        let older = Select { older_than: Some(at(5)), ..Select::default() };
        for (second, is_newer) in [(4, false), (5, true), (6, true)] {
            assert_eq!((newer.takes(0, at(second)), older.takes(0, at(second))), (is_newer, !is_newer));
        }
        assert!(Select { older_than: Some(at(5)), ..newer }.has_no_time());
        assert!(!Select { older_than: Some(at(6)), ..newer }.has_no_time());
    }
}
