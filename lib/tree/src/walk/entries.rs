//! Entries held compactly: all names in one piece of memory, and a small record of each.

use super::entry::{Entry, Kind};
use crate::filter::Matched;

/// From this size on, memory is taken in one go instead of being copied to twice the size again and again. The system
/// gives it only as it is filled.
const LARGE: usize = 1 << 20;

/// Entries in the order in which they were added, or, after [`sort`](Self::sort), in the order of their keys.
#[derive(Debug, Default)]
pub(super) struct Entries {
    keys: Vec<u8>,
    records: Vec<Record>,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    start: u32,
    length: u32,
    /// A [`Matched`]: nobody has four billion rules.
    matched: u32,
    kind: Kind,
}

impl Entries {
    /// The most bytes that [`bytes`](Self::bytes) may come to.
    pub(super) const MOST: usize = 1 << 31;

    /// Adds a name. A directory's gets its slash here.
    pub(super) fn push(&mut self, name: &[u8], kind: Kind, matched: Matched) {
        let start = self.keys.len();
        self.keys.extend_from_slice(name);
        if kind == Kind::Directory {
            self.keys.push(b'/');
        }
        let length = self.keys.len() - start;
        let matched = u32::try_from(matched.0).unwrap_or(u32::MAX);
        self.records.push(Record { start: narrow(start), length: narrow(length), matched, kind });
    }

    pub(super) fn push_entry(&mut self, entry: Entry<'_>) {
        self.push(entry.name(), entry.kind, entry.matched);
    }

    /// Takes room for `bytes` as soon as it looks as if they will be needed.
    pub(super) fn expect(&mut self, bytes: usize) {
        let room = bytes.min(Self::MOST);
        if self.bytes() >= LARGE && self.keys.capacity() < room {
            self.keys.reserve_exact(room.saturating_sub(self.keys.len()));
            self.records.reserve_exact((room / size_of::<Record>()).saturating_sub(self.records.len()));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.keys.len() + self.records.len() * size_of::<Record>()
    }

    pub(super) fn get(&self, index: usize) -> Option<Entry<'_>> {
        self.records.get(index).map(|record| self.entry(*record))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Entry<'_>> + Clone {
        self.records.iter().map(|record| self.entry(*record))
    }

    /// Brings them into the order of keys, each once: some file systems give a name twice if it changes meanwhile.
    pub(super) fn sort(&mut self) {
        let Self { keys, records } = self;
        records.sort_unstable_by(|a, b| key(keys, *a).cmp(key(keys, *b)));
        records.dedup_by(|a, b| key(keys, *a) == key(keys, *b));
    }

    /// Forgets all, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.records.clear();
    }

    fn entry(&self, record: Record) -> Entry<'_> {
        Entry {
            key: key(&self.keys, record),
            kind: record.kind,
            matched: Matched(usize::try_from(record.matched).unwrap_or(usize::MAX)),
        }
    }
}

fn key(keys: &[u8], record: Record) -> &[u8] {
    let start = record.start as usize;
    keys.get(start..start + record.length as usize).unwrap_or_default()
}

/// Whoever adds names stays below [`Entries::MOST`] by far.
fn narrow(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_sorts_with_its_slash_and_nothing_comes_twice() {
        let mut entries = Entries::default();
        for (name, kind) in [
            ("a0", Kind::File),
            ("a", Kind::Directory),
            ("a.b", Kind::File),
            ("a", Kind::File),
            ("a.b", Kind::Link),
        ] {
            entries.push(name.as_bytes(), kind, Matched::default());
        }
        entries.sort();
        let keys: Vec<_> = entries.iter().map(|entry| entry.key).collect();
        assert_eq!(keys, [&b"a"[..], b"a.b", b"a/", b"a0"]);
        assert_eq!(entries.get(2).unwrap().name(), b"a");
        assert!(entries.get(4).is_none());
    }

    #[test]
    fn a_record_is_small() {
        assert_eq!(size_of::<Record>(), 16);
    }
}
