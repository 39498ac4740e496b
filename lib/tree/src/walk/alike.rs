//! Looks out for names of one directory that other systems can't tell apart, as they are sorted.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use super::{entries::Entries, runs::Runs};
use crate::clash::{Clashes, Folds};

/// The lookout over one directory.
pub(super) struct Lookout<'a> {
    clashes: &'a Mutex<Clashes>,
    prefix: &'a str,
    /// Of the runs so far.
    folds: Folds,
}

impl<'a> Lookout<'a> {
    pub(super) fn new(clashes: &'a Mutex<Clashes>, prefix: &'a str) -> Self {
        Self { clashes, prefix, folds: Folds::default() }
    }

    /// Looks at all that is in the directory.
    pub(super) fn see_all(&self, entries: &Entries) {
        if entries.len() > 1 {
            self.note(entries.iter().filter_map(|entry| str::from_utf8(entry.name()).ok()));
        }
    }

    /// Looks at a run of a directory too large for memory.
    pub(super) fn see_run(&mut self, entries: &Entries) {
        let names = entries.iter().filter_map(|entry| str::from_utf8(entry.name()).ok());
        names.for_each(|name| self.folds.note(name));
    }

    /// Looks once more at what is suspect in all runs together. Mostly there is nothing.
    pub(super) fn see_suspects(&mut self, runs: &Runs, memory: usize) -> io::Result<()> {
        let suspects = std::mem::take(&mut self.folds).suspects();
        if suspects.is_empty() {
            return Ok(());
        }
        let mut names = Vec::new();
        let mut merge = runs.merge(memory)?;
        while let Some(entry) = merge.next()? {
            let name = str::from_utf8(entry.name()).ok();
            names.extend(name.filter(|name| suspects.holds(name)).map(str::to_owned));
        }
        self.note(names.iter().map(String::as_str));
        Ok(())
    }

    fn note<'n>(&self, names: impl Iterator<Item = &'n str> + Clone) {
        self.clashes.lock().unwrap_or_else(PoisonError::into_inner).note(self.prefix, names);
    }
}
