//! What is too much to be sorted in memory: sorted runs of keys in one unnamed temporary file, and their merge.
//!
//! One file holds all runs, so a huge set costs one descriptor. Each run is read through a buffer of its own, and the buffers
//! together stay within a budget: where there are too many for that, some are merged to one run before there are more.

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

/// The sizes of a run's buffer.
const BUFFER: Range<usize> = 4 << 10..64 << 10;

/// How many runs are merged to one.
const TOGETHER: usize = 64;

/// Sorted runs of keys, none of them empty, each with `N` bytes that belong to it.
pub struct Runs<const N: usize> {
    file: Arc<File>,
    all: Vec<Stretch>,
    /// Where the next one will be.
    end: u64,
}

/// Where a run is.
#[derive(Clone)]
struct Stretch {
    bytes: Range<u64>,
    /// How often what is in it was merged.
    level: u32,
}

impl<const N: usize> Runs<N> {
    /// None so far. Their temporary file will be in this directory.
    pub fn create(dir: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(dir)?.into(), all: Vec::new(), end: 0 })
    }

    /// Writes a run. Its keys have to be in order.
    pub fn write<'a>(&mut self, run: impl Iterator<Item = (&'a [u8], [u8; N])>) -> io::Result<()> {
        let mut out = Writer::new(&self.file);
        for (key, value) in run {
            out.add(key, value)?;
        }
        let length = out.finish()?;
        self.add(length, 0);
        Ok(())
    }

    fn add(&mut self, length: u64, level: u32) {
        let bytes = self.end..self.end + length;
        self.end = bytes.end;
        self.all.push(Stretch { bytes, level });
    }

    /// Merges runs to fewer, until the smallest buffers for all of them take no more than `memory` bytes, or not much more. To be
    /// called after each that is written.
    pub fn keep_few(&mut self, memory: usize) -> io::Result<()> {
        while let Some(level) = self.too_many(memory) {
            let merged = self.all.split_off(self.all.len() - TOGETHER);
            let mut merge = self.merge_of(&merged, BUFFER.start)?;
            let mut out = Writer::new(&self.file);
            while let Some((key, value)) = merge.next()? {
                out.add(key, value)?;
            }
            let length = out.finish()?;
            self.add(length, level + 1);
        }
        Ok(())
    }

    /// The level of the last runs, if they are as many as are merged together.
    fn too_many(&self, memory: usize) -> Option<u32> {
        let last = self.all.len().checked_sub(TOGETHER).map(|first| &self.all[first..])?;
        let level = last[0].level;
        let many = self.all.len() * BUFFER.start > memory;
        (many && last.iter().all(|run| run.level == level)).then_some(level)
    }

    /// Reads them back in order, as often as one likes, with buffers of some `memory` bytes in all.
    pub fn merge(&self, memory: usize) -> io::Result<Merge<N>> {
        let buffer = (memory / self.all.len().max(1)).clamp(BUFFER.start, BUFFER.end);
        self.merge_of(&self.all, buffer)
    }

    fn merge_of(&self, runs: &[Stretch], buffer: usize) -> io::Result<Merge<N>> {
        let mut merge = Merge { buffer, current: Head::default(), heap: BinaryHeap::new() };
        for Stretch { bytes, .. } in runs {
            let section = Section { file: self.file.clone(), at: bytes.start, end: bytes.end };
            let mut run = Run { head: Head::default(), rest: BufReader::with_capacity(buffer, section) };
            if run.advance()? {
                merge.heap.push(Reverse(run));
            }
        }
        Ok(merge)
    }
}

/// Writes one run.
struct Writer<'a, const N: usize> {
    out: BufWriter<&'a File>,
    length: u64,
}

impl<'a, const N: usize> Writer<'a, N> {
    fn new(file: &'a File) -> Self {
        Self { out: BufWriter::with_capacity(BUFFER.end, file), length: 0 }
    }

    fn add(&mut self, key: &[u8], value: [u8; N]) -> io::Result<()> {
        let length = u32::try_from(key.len()).map_err(io::Error::other)?.to_le_bytes();
        self.out.write_all(&length)?;
        self.out.write_all(&value)?;
        self.out.write_all(key)?;
        self.length += (length.len() + N + key.len()) as u64;
        Ok(())
    }

    /// How long it is.
    fn finish(mut self) -> io::Result<u64> {
        self.out.flush()?;
        Ok(self.length)
    }
}

/// All runs as one.
pub struct Merge<const N: usize> {
    /// Size of each run's.
    buffer: usize,
    /// What was given last.
    current: Head<N>,
    heap: BinaryHeap<Reverse<Run<N>>>,
}

impl<const N: usize> Merge<N> {
    /// The next key and what belongs to it, each key once. Not an iterator: what it gives lasts until the next call.
    #[allow(clippy::should_implement_trait, reason = "an iterator's items can't be lent")]
    pub fn next(&mut self) -> io::Result<Option<(&[u8], [u8; N])>> {
        loop {
            let Some(mut first) = self.heap.peek_mut() else { return Ok(None) };
            let again = first.0.head.key == self.current.key;
            mem::swap(&mut self.current, &mut first.0.head);
            if !first.0.advance()? {
                PeekMut::pop(first);
            }
            if !again {
                return Ok(Some((&self.current.key, self.current.value)));
            }
        }
    }

    /// Memory in use.
    pub fn bytes(&self) -> usize {
        self.heap.len() * self.buffer
    }
}

/// A run while it is read.
struct Run<const N: usize> {
    head: Head<N>,
    rest: BufReader<Section>,
}

impl<const N: usize> Run<N> {
    /// Reads the next key. False at the end.
    fn advance(&mut self) -> io::Result<bool> {
        if self.rest.buffer().is_empty() && self.rest.get_ref().is_at_end() {
            return Ok(false);
        }
        let mut length = [0; 4];
        self.rest.read_exact(&mut length)?;
        self.rest.read_exact(&mut self.head.value)?;
        self.head.key.resize(u32::from_le_bytes(length) as usize, 0);
        self.rest.read_exact(&mut self.head.key)?;
        Ok(true)
    }
}

impl<const N: usize> Ord for Run<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.head.key.cmp(&other.head.key)
    }
}

impl<const N: usize> PartialOrd for Run<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> PartialEq for Run<N> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<const N: usize> Eq for Run<N> {}

/// A key that was read back. An empty one is none.
struct Head<const N: usize> {
    key: Vec<u8>,
    value: [u8; N],
}

impl<const N: usize> Default for Head<N> {
    fn default() -> Self {
        Self { key: Vec::new(), value: [0; N] }
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
mod tests {
    use super::*;

    fn runs(all: &[&[&str]]) -> Runs<1> {
        let mut runs = Runs::create(&std::env::temp_dir()).unwrap();
        for keys in all {
            runs.write(keys.iter().map(|key| (key.as_bytes(), [key.as_bytes()[0]]))).unwrap();
        }
        runs
    }

    fn keys(mut merge: Merge<1>) -> Vec<String> {
        let mut keys = Vec::new();
        while let Some((key, value)) = merge.next().unwrap() {
            assert_eq!(value, key[..1]);
            keys.push(String::from_utf8(key.to_vec()).unwrap());
        }
        keys
    }

    #[test]
    fn runs_come_back_merged_each_key_once() {
        let long = "x".repeat(10_000);
        let runs = runs(&[&["a", "c", &long, "é"], &["b", "c"], &[], &["0", "c"]]);
        for memory in [0, 1 << 20, 0] {
            let merge = runs.merge(memory).unwrap();
            assert_eq!(merge.bytes(), 3 * if memory == 0 { BUFFER.start } else { BUFFER.end });
            assert_eq!(keys(merge), ["0", "a", "b", "c", &long, "é"]);
        }
    }

    #[test]
    fn many_runs_become_few() {
        let mut runs = Runs::<1>::create(&std::env::temp_dir()).unwrap();
        for number in 0..20_000_u32 {
            // In a mixed-up order.
            let key = format!("{:05}", number.wrapping_mul(7919) % 20_000);
            runs.write([(key.as_bytes(), [b'0'])].into_iter()).unwrap();
            runs.keep_few(1 << 10).unwrap();
            assert!(runs.all.len() <= 3 * TOGETHER, "{}", runs.all.len());
        }
        let mut merge = runs.merge(0).unwrap();
        for number in 0..20_000 {
            let (key, _) = merge.next().unwrap().unwrap();
            assert_eq!(key, format!("{number:05}").as_bytes());
        }
        assert!(merge.next().unwrap().is_none());
        // With room for all of them they stay as they are.
        let mut roomy = Runs::<1>::create(&std::env::temp_dir()).unwrap();
        for _ in 0..200 {
            roomy.write([(&b"a"[..], [b'a'])].into_iter()).unwrap();
            roomy.keep_few(1 << 20).unwrap();
        }
        assert_eq!(roomy.all.len(), 200);
    }

    #[test]
    fn a_file_that_was_cut_is_an_error() {
        let runs = runs(&[&["a", "b", "c"]]);
        runs.file.set_len(14).unwrap();
        let mut merge = runs.merge(0).unwrap();
        assert_eq!(merge.next().unwrap().unwrap().0, b"a");
        assert_eq!(merge.next().map(|_| ()).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
