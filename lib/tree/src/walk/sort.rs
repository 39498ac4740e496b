//! Sorts names within a budget of memory: what is too much goes to a temporary file, and comes back merged.

use std::{io, path::Path};

use tt_record::{Problem, ProblemKind};

use super::{
    alike::Lookout,
    entries::Entries,
    entry::{Entry, Kind},
    landmarks::Marks,
    options::Spill,
    patience::patiently,
    runs::{Merge, Runs},
};
use crate::{cause::failed, filter::Matched};

/// The part of the memory that is for reading back what was too much for it.
const BUFFERS: usize = 4;

/// Takes names in any order.
pub(super) struct Sorter<'a> {
    spill: &'a Spill,
    memory: usize,
    marks: Marks<'a>,
    lookout: Lookout<'a>,
    entries: Entries,
    runs: Option<Runs>,
}

impl<'a> Sorter<'a> {
    /// Holds about `memory` bytes before it writes to the temporary file, if not less is meant to be held at all.
    pub(super) fn new(spill: &'a Spill, memory: usize, marks: Marks<'a>, lookout: Lookout<'a>) -> Self {
        let memory = memory.min(spill.memory).min(Entries::MOST / 2);
        Self { spill, memory, marks, lookout, entries: Entries::default(), runs: None }
    }

    pub(super) fn push(&mut self, name: &[u8], kind: Kind, matched: Matched) -> io::Result<()> {
        self.entries.push(name, kind, matched);
        if self.entries.bytes() > self.memory {
            self.write_run()?;
        }
        Ok(())
    }

    /// Memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.entries.bytes()
    }

    /// Takes room for what is to come, now that it is clear that there is much.
    pub(super) fn expect_much(&mut self) {
        self.entries.expect(self.memory);
    }

    /// All names in order, each once.
    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_none() {
            self.entries.sort();
            self.marks.tell(&self.entries);
            self.lookout.see_all(&self.entries);
            return Ok(Sorted::Held { entries: self.entries, next: 0 });
        }
        if !self.entries.is_empty() {
            self.write_run()?;
        }
        self.entries = Entries::default();
        let buffers = self.memory / BUFFERS;
        let Some(runs) = self.runs else { return Ok(Sorted::default()) };
        self.lookout.see_suspects(&runs, buffers)?;
        runs.merge(buffers).map(Sorted::Merged)
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.entries.sort();
        self.marks.tell(&self.entries);
        self.lookout.see_run(&self.entries);
        let runs = match self.runs.take() {
            Some(runs) => runs,
            None => patiently(|| Runs::create(&self.spill.dir))?,
        };
        let runs = self.runs.insert(runs);
        runs.write(&self.entries)?;
        self.entries.clear();
        runs.keep_few(self.memory / BUFFERS)?;
        Ok(())
    }
}

/// Names in order.
pub(super) enum Sorted {
    /// In memory, and which comes next.
    Held { entries: Entries, next: usize },
    /// From a temporary file.
    Merged(Merge),
}

impl Default for Sorted {
    fn default() -> Self {
        Self::Held { entries: Entries::default(), next: 0 }
    }
}

impl Sorted {
    pub(super) fn next(&mut self) -> io::Result<Option<Entry<'_>>> {
        match self {
            Self::Held { entries, next } => {
                *next += 1;
                Ok(entries.get(*next - 1))
            }
            Self::Merged(merge) => merge.next(),
        }
    }

    /// Memory in use.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Held { entries, .. } => entries.bytes(),
            Self::Merged(merge) => merge.bytes(),
        }
    }
}

/// The names of `what` can't be sorted, for want of a temporary file.
pub(super) fn cannot_sort(what: &Path, spill: &Spill, error: &io::Error) -> Problem {
    let doing = format!("sort the names in {} by means of a temporary file in", what.display());
    let Problem { message, .. } = failed(ProblemKind::Io, &doing, &spill.dir, error);
    Problem::new(ProblemKind::Io, message)
        .hint("name a directory that can be written to and has room, 50 bytes for a file: --tmp-dir")
}
