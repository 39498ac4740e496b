//! What it all came to: by which evidence objects were proved, and why others were not.

use std::collections::BTreeMap;

use tt_cli::Origin;
use tt_record::Record;

use crate::groups::Groups;

/// Counts what comes by.
#[derive(Default)]
pub(crate) struct Tally {
    /// How many objects were proved by which evidence.
    pub(crate) by: BTreeMap<String, u64>,
    /// How many of these were uploaded before.
    pub(crate) uploaded: u64,
    pub(crate) failures: Groups,
}

impl Tally {
    /// Takes note of a record. A verdict of another run proves nothing here, but what failed there is told here too.
    pub(crate) fn add(&mut self, record: &Record, origin: Origin) {
        if let (Record::Verified(verdict), Origin::Own) = (record, origin) {
            self.uploaded += u64::from(verdict.outcome.is_some());
            let by = verdict.by.as_deref().unwrap_or("evidence that is not named");
            match self.by.get_mut(by) {
                Some(count) => *count += 1,
                None => drop(self.by.insert(by.to_owned(), 1)),
            }
        }
        self.failures.add(record);
    }
}
