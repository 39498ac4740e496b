//! Entries that are too many for the memory, in sorted runs.

use std::{io, path::Path};

use super::{
    entries::Entries,
    entry::{Entry, Kind},
};
use crate::filter::Matched;

/// What a run keeps of an entry besides its key: what it matched, and its kind.
type Kept = [u8; 5];

/// Runs while they are written.
pub(super) struct Runs(tt_runs::Runs<5>);

impl Runs {
    pub(super) fn create(dir: &Path) -> io::Result<Self> {
        tt_runs::Runs::create(dir).map(Self)
    }

    /// Writes a run. The entries have to be sorted.
    pub(super) fn write(&mut self, entries: &Entries) -> io::Result<()> {
        self.0.write(entries.iter().map(|entry| (entry.key, kept(entry))))
    }

    /// Sees to it that they are few enough to be read back with buffers of some `memory` bytes in all.
    pub(super) fn keep_few(&mut self, memory: usize) -> io::Result<()> {
        self.0.keep_few(memory)
    }

    /// Reads them back in order, with buffers of some `memory` bytes in all.
    pub(super) fn merge(&self, memory: usize) -> io::Result<Merge> {
        self.0.merge(memory).map(Merge)
    }
}

/// All runs as one.
pub(super) struct Merge(tt_runs::Merge<5>);

impl Merge {
    /// The next entry, each key once.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry<'_>>> {
        let Some((key, kept)) = self.0.next()? else { return Ok(None) };
        entry(key, kept).map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

fn kept(entry: Entry<'_>) -> Kept {
    // There are never so many rules.
    let matched = u32::try_from(entry.matched.0).unwrap_or(u32::MAX);
    let [m0, m1, m2, m3] = matched.to_le_bytes();
    [m0, m1, m2, m3, entry.kind.code()]
}

fn entry(key: &[u8], [m0, m1, m2, m3, kind]: Kept) -> Option<Entry<'_>> {
    let matched = Matched(u32::from_le_bytes([m0, m1, m2, m3]) as usize);
    Some(Entry { key, kind: Kind::from_code(kind)?, matched })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Gives `a`, and then fails.
    pub(in crate::walk) fn broken() -> Merge {
        let mut runs = Runs::create(&std::env::temp_dir()).unwrap();
        let kept = |kind: Kind| [0, 0, 0, 0, kind.code()];
        let damaged = [0, 0, 0, 0, u8::MAX];
        runs.0.write([(&b"a"[..], kept(Kind::Link)), (b"b", damaged)].into_iter()).unwrap();
        runs.merge(0).unwrap()
    }

    #[test]
    fn entries_come_back_as_they_were() {
        let mut entries = Entries::default();
        for (key, kind, matched) in [("a", Kind::Link, 0), ("b/", Kind::Directory, 70_000)] {
            entries.push(key.as_bytes(), kind, Matched(matched));
        }
        let mut runs = Runs::create(&std::env::temp_dir()).unwrap();
        runs.write(&entries).unwrap();
        let mut merge = runs.merge(0).unwrap();
        for expected in entries.iter() {
            let entry = merge.next().unwrap().unwrap();
            let fields = |entry: Entry<'_>| (entry.key.to_vec(), entry.kind, entry.matched);
            assert_eq!(fields(entry), fields(expected));
        }
        assert!(merge.next().unwrap().is_none());
    }

    #[test]
    fn what_was_damaged_is_an_error() {
        let mut merge = broken();
        assert_eq!(merge.next().unwrap().unwrap().key, b"a");
        assert_eq!(merge.next().map(|_| ()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
