//! Lines in order, of which those that are too many for the memory wait in a temporary file.

use std::{
    io, mem,
    path::{Path, PathBuf},
};

use tt_runs::Runs;

/// How many bytes wait in memory, before they go to the file.
const MEMORY: usize = 8 << 20;

/// What the file is read through.
const BUFFERS: usize = 1 << 20;

/// Gathers pieces of bytes, none of them empty, in any order.
pub(crate) struct Sorter {
    dir: PathBuf,
    memory: usize,
    pending: Vec<Box<[u8]>>,
    bytes: usize,
    /// Made when it is needed.
    runs: Option<Runs<0>>,
}

impl Sorter {
    /// One that makes its temporary file in this directory.
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.into(), memory: MEMORY, pending: Vec::new(), bytes: 0, runs: None }
    }

    /// Takes a piece.
    pub(crate) fn push(&mut self, piece: Vec<u8>) -> io::Result<()> {
        self.bytes += piece.len() + size_of::<Box<[u8]>>();
        self.pending.push(piece.into());
        if self.bytes > self.memory { self.spill() } else { Ok(()) }
    }

    /// Writes what waits as a run.
    fn spill(&mut self) -> io::Result<()> {
        let runs = match self.runs.take() {
            Some(runs) => runs,
            None => Runs::create(&self.dir)?,
        };
        self.pending.sort_unstable();
        self.runs.insert(runs).write(self.pending.iter().map(|piece| (&**piece, [])))?;
        self.pending.clear();
        self.bytes = 0;
        Ok(())
    }

    /// All pieces are there.
    pub(crate) fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_some() {
            self.spill()?;
        }
        self.pending.sort_unstable();
        self.pending.dedup();
        let pending = mem::take(&mut self.pending);
        Ok(self.runs.map_or(Sorted::Held(pending), Sorted::Spilled))
    }
}

/// Pieces in order, each once, to be read as often as one likes.
pub(crate) enum Sorted {
    /// In memory.
    Held(Vec<Box<[u8]>>),
    /// In a temporary file.
    Spilled(Runs<0>),
}

impl Sorted {
    /// Calls `each` with all pieces in order, until one fails.
    pub(crate) fn each<E: From<io::Error>>(
        &self,
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Held(pieces) => pieces.iter().try_for_each(|piece| each(piece)),
            Self::Spilled(runs) => {
                let mut merge = runs.merge(BUFFERS)?;
                while let Some((piece, [])) = merge.next()? {
                    each(piece)?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(memory: usize, count: usize) -> Vec<Vec<u8>> {
        let mut all = Sorter { memory, ..Sorter::new(&std::env::temp_dir()) };
        for n in (0..count).chain(0..count / 2) {
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
