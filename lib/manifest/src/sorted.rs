//! Sorting what is too much for the memory: sorted runs in one unnamed temporary file, and their merge.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How many bytes wait in memory, before they go to the file.
const MEMORY: usize = 8 << 20;

/// What each run is read through.
const BUFFER: usize = 16 << 10;

/// Gathers pieces of bytes, in any order.
pub(crate) struct Sorter {
    dir: PathBuf,
    memory: usize,
    pending: Vec<Box<[u8]>>,
    bytes: usize,
    /// Made when it is needed.
    file: Option<Arc<File>>,
    /// Where each run ends; the first begins at 0.
    ends: Vec<u64>,
}

impl Sorter {
    /// One that makes its temporary file in this directory.
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.into(), memory: MEMORY, pending: Vec::new(), bytes: 0, file: None, ends: Vec::new() }
    }

    /// Takes a piece.
    pub(crate) fn push(&mut self, piece: Vec<u8>) -> io::Result<()> {
        self.bytes += piece.len() + size_of::<Box<[u8]>>();
        self.pending.push(piece.into());
        if self.bytes > self.memory { self.spill() } else { Ok(()) }
    }

    /// Writes what waits as a run.
    fn spill(&mut self) -> io::Result<()> {
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.file.insert(tempfile::tempfile_in(&self.dir)?.into())),
        };
        let mut end = self.ends.last().copied().unwrap_or(0);
        let mut out = BufWriter::with_capacity(BUFFER, &*file);
        self.pending.sort_unstable();
        for piece in self.pending.drain(..) {
            let length = u32::try_from(piece.len()).map_err(io::Error::other)?;
            out.write_all(&length.to_le_bytes())?;
            out.write_all(&piece)?;
            end += 4 + u64::from(length);
        }
        out.flush()?;
        self.bytes = 0;
        self.ends.push(end);
        Ok(())
    }

    /// All pieces are there.
    pub(crate) fn finish(mut self) -> io::Result<Sorted> {
        if self.file.is_some() && !self.pending.is_empty() {
            self.spill()?;
        }
        self.pending.sort_unstable();
        Ok(Sorted { pending: self.pending, file: self.file, ends: self.ends })
    }
}

/// Pieces in order, to be read as often as one likes.
pub(crate) struct Sorted {
    /// All of them, where none went to the file.
    pending: Vec<Box<[u8]>>,
    file: Option<Arc<File>>,
    ends: Vec<u64>,
}

impl Sorted {
    /// Calls `each` with all pieces in order, until one fails.
    pub(crate) fn each<E: From<io::Error>>(
        &self,
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(file) = &self.file else {
            return self.pending.iter().try_for_each(|piece| each(piece));
        };
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let mut runs: Vec<_> =
            starts.zip(&self.ends).map(|(at, &end)| Run::new(Arc::clone(file), at, end)).collect();
        let mut heap = BinaryHeap::new();
        for (number, run) in runs.iter_mut().enumerate() {
            heap.extend(run.next()?.map(|piece| Reverse((piece, number))));
        }
        while let Some(Reverse((piece, number))) = heap.pop() {
            each(&piece)?;
            heap.extend(runs[number].next()?.map(|piece| Reverse((piece, number))));
        }
        Ok(())
    }
}

/// A run while it is read.
struct Run(BufReader<Section>);

impl Run {
    fn new(file: Arc<File>, at: u64, end: u64) -> Self {
        Self(BufReader::with_capacity(BUFFER, Section { file, at, end }))
    }

    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.0.buffer().is_empty() && self.0.get_ref().at >= self.0.get_ref().end {
            return Ok(None);
        }
        let mut length = [0; 4];
        self.0.read_exact(&mut length)?;
        let mut piece = vec![0; u32::from_le_bytes(length) as usize];
        self.0.read_exact(&mut piece)?;
        Ok(Some(piece))
    }
}

/// A part of a file, with its own place in it.
struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
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

    fn sorted(memory: usize, count: usize) -> Vec<Vec<u8>> {
        let mut all = Sorter { memory, ..Sorter::new(&std::env::temp_dir()) };
        for n in 0..count {
            all.push(format!("{:04}{}", n * 7919 % count, "x".repeat(n % 50)).into()).unwrap();
        }
        let sorted = all.finish().unwrap();
        let read = || {
            let mut pieces = Vec::new();
            let mut keep = |piece: &[u8]| {
                pieces.push(piece.to_vec());
                io::Result::Ok(())
            };
            sorted.each(&mut keep).unwrap();
            pieces
        };
        assert_eq!(read(), read());
        read()
    }

    #[test]
    fn memory_makes_no_difference() {
        let pieces = sorted(MEMORY, 2000);
        assert_eq!(pieces.len(), 2000);
        assert!(pieces.is_sorted());
        for memory in [1, 100, 5000] {
            assert_eq!(sorted(memory, 2000), pieces);
        }
        assert_eq!(sorted(1, 0), [b""; 0]);
    }
}
