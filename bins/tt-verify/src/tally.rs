//! What it all came to: by which evidence objects were proved, and why others were not.

use std::collections::BTreeMap;

use tt_record::Record;

use crate::groups::Groups;

/// Counts what comes by.
#[derive(Default)]
pub(crate) struct Tally {
    /// How many objects were proved by which evidence.
    pub(crate) by: BTreeMap<String, u64>,
    pub(crate) failures: Groups,
}

impl Tally {
    pub(crate) fn add(&mut self, record: &Record) {
        if let Record::Verified(verdict) = record {
            let by = verdict.by.as_deref().unwrap_or("evidence that is not named");
            match self.by.get_mut(by) {
                Some(count) => *count += 1,
                None => drop(self.by.insert(by.to_owned(), 1)),
            }
        }
        self.failures.add(record);
    }
}
