//! Entries that are too many for the memory: sorted runs in one unnamed temporary file, and their merge.
//!
//! One file holds all runs of a directory, so a huge directory costs one descriptor. Each run is read through a buffer of
//! its own, and the buffers together stay within a budget, so no second pass is ever needed.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, binary_heap::PeekMut},
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    mem,
    ops::Range,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::Arc,
};

use super::{
    entries::Entries,
    entry::{Entry, Kind},
};
use crate::filter::Matched;

/// What stands before each key: its length, what it matched, its kind.
const HEADER: usize = 9;

/// The sizes of a run's buffer.
const BUFFER: Range<usize> = 4 << 10..64 << 10;

/// Runs while they are written.
pub(super) struct Runs {
    file: Arc<File>,
    /// Where each ends; the first begins at 0.
    ends: Vec<u64>,
}

impl Runs {
    pub(super) fn create(dir: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(dir)?.into(), ends: Vec::new() })
    }

    /// Writes a run. The entries have to be sorted.
    pub(super) fn write(&mut self, entries: &Entries) -> io::Result<()> {
        let mut end = self.ends.last().copied().unwrap_or(0);
        let mut out = BufWriter::with_capacity(BUFFER.end, &*self.file);
        for entry in entries.iter() {
            let length = u32::try_from(entry.key.len()).map_err(io::Error::other)?;
            let matched = u32::try_from(entry.matched.0).map_err(io::Error::other)?;
            out.write_all(&length.to_le_bytes())?;
            out.write_all(&matched.to_le_bytes())?;
            out.write_all(&[entry.kind.code()])?;
            out.write_all(entry.key)?;
            end += HEADER as u64 + u64::from(length);
        }
        out.flush()?;
        self.ends.push(end);
        Ok(())
    }

    /// Reads them back in order, with buffers of some `memory` bytes in all.
    pub(super) fn merge(&self, memory: usize) -> io::Result<Merge> {
        let buffer = (memory / self.ends.len().max(1)).clamp(BUFFER.start, BUFFER.end);
        let mut merge = Merge { buffer, current: Head::default(), heap: BinaryHeap::new() };
        let mut at = 0;
        for &end in &self.ends {
            let section = Section { file: self.file.clone(), at, end };
            let mut run = Run { head: Head::default(), rest: BufReader::with_capacity(buffer, section) };
            if run.advance()? {
                merge.heap.push(Reverse(run));
            }
            at = end;
        }
        Ok(merge)
    }
}

/// All runs as one.
pub(super) struct Merge {
    /// Size of each run's.
    buffer: usize,
    /// What was given last.
    current: Head,
    heap: BinaryHeap<Reverse<Run>>,
}

impl Merge {
    /// The next entry, each key once.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry<'_>>> {
        loop {
            let Some(mut first) = self.heap.peek_mut() else { return Ok(None) };
            let again = first.0.head.key == self.current.key;
            mem::swap(&mut self.current, &mut first.0.head);
            if !first.0.advance()? {
                PeekMut::pop(first);
            }
            if !again {
                return Ok(Some(self.current.entry()));
            }
        }
    }

    /// Memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.heap.len() * self.buffer
    }
}

/// A run while it is read.
struct Run {
    head: Head,
    rest: BufReader<Section>,
}

impl Run {
    /// Reads the next entry. False at the end.
    fn advance(&mut self) -> io::Result<bool> {
        if self.rest.buffer().is_empty() && self.rest.get_ref().is_at_end() {
            return Ok(false);
        }
        let mut header = [0; HEADER];
        self.rest.read_exact(&mut header)?;
        let [l0, l1, l2, l3, m0, m1, m2, m3, kind] = header;
        self.head.matched = Matched(u32::from_le_bytes([m0, m1, m2, m3]) as usize);
        self.head.kind = Kind::from_code(kind).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        self.head.key.resize(u32::from_le_bytes([l0, l1, l2, l3]) as usize, 0);
        self.rest.read_exact(&mut self.head.key)?;
        Ok(true)
    }
}

impl Ord for Run {
    fn cmp(&self, other: &Self) -> Ordering {
        self.head.key.cmp(&other.head.key)
    }
}

impl PartialOrd for Run {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Run {}

/// An entry that was read back. No key is empty, so an empty one is none.
struct Head {
    key: Vec<u8>,
    kind: Kind,
    matched: Matched,
}

impl Default for Head {
    fn default() -> Self {
        Self { key: Vec::new(), kind: Kind::File, matched: Matched::default() }
    }
}

impl Head {
    fn entry(&self) -> Entry<'_> {
        Entry { key: &self.key, kind: self.kind, matched: self.matched }
    }
}

/// A part of a file, with its own place in it.
struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Section {
    fn is_at_end(&self) -> bool {
        self.at >= self.end
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..length], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Gives `a`, and then fails.
    pub(in crate::walk) fn broken() -> Merge {
        let mut runs = Runs::create(&std::env::temp_dir()).unwrap();
        runs.write(&run(&["a", "b", "c"])).unwrap();
        runs.file.set_len(25).unwrap();
        runs.merge(0).unwrap()
    }

    fn run(keys: &[&str]) -> Entries {
        let mut entries = Entries::default();
        for key in keys {
            entries.push(key.as_bytes(), Kind::Link, Matched(key.len()));
        }
        entries.sort();
        entries
    }

    #[test]
    fn runs_come_back_merged_each_key_once() {
        let mut runs = Runs::create(&std::env::temp_dir()).unwrap();
        let long = "x".repeat(10_000);
        for keys in [&["c", "a", "é", &long][..], &["b", "c"], &[], &["c", "0"]] {
            runs.write(&run(keys)).unwrap();
        }
        let mut merge = runs.merge(0).unwrap();
        assert_eq!(merge.bytes(), 3 * 4096);
        let mut keys = Vec::new();
        while let Some(entry) = merge.next().unwrap() {
            assert_eq!((entry.kind, entry.matched), (Kind::Link, Matched(entry.key.len())));
            keys.push(String::from_utf8(entry.key.to_vec()).unwrap());
        }
        assert_eq!(keys, ["0", "a", "b", "c", &long, "é"]);
    }

    #[test]
    fn a_file_that_was_cut_is_an_error() {
        let mut merge = broken();
        assert_eq!(merge.next().unwrap().unwrap().key, b"a");
        assert_eq!(merge.next().map(|_| ()).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
