//! Records that have to wait: in memory while they are few, then in an unnamed file.

use std::{
    io::{self, BufRead, BufReader, BufWriter, Seek, Write},
    path::{Path, PathBuf},
};

use tempfile::SpooledTempFile;
use tt_record::{Line, Problem, ProblemKind, Record, decode, encode};

/// How many bytes wait in memory.
const IN_MEMORY: usize = 1 << 20;
/// How many are written or read at once.
const BUFFER: usize = 1 << 16;

/// Records in the order in which they came.
pub(crate) struct Spool {
    directory: PathBuf,
    file: BufWriter<SpooledTempFile>,
    line: Vec<u8>,
}

impl Spool {
    /// An empty spool. What does not fit into memory goes to a file in `directory` that nobody else sees.
    pub(crate) fn new(directory: &Path) -> Self {
        let file = tempfile::spooled_tempfile_in(IN_MEMORY, directory);
        Self {
            directory: directory.to_owned(),
            file: BufWriter::with_capacity(BUFFER, file),
            line: Vec::new(),
        }
    }

    /// Adds a record.
    pub(crate) fn push(&mut self, record: &Record) -> Result<(), Problem> {
        self.line.clear();
        encode(record, &mut self.line)
            .map_err(|e| Problem::new(ProblemKind::Bug, format!("a record can't be written: {e}")))?;
        self.file.write_all(&self.line).map_err(|e| failed(&self.directory, &e))
    }

    /// Takes the records out again, first in, first out.
    pub(crate) fn replay(self) -> Result<impl Iterator<Item = Result<Record, Problem>>, Problem> {
        let Self { directory, file, .. } = self;
        let mut file = file.into_inner().map_err(|e| failed(&directory, e.error()))?;
        file.rewind().map_err(|e| failed(&directory, &e))?;
        Ok(BufReader::with_capacity(BUFFER, file).lines().map(move |line| {
            let line = line.map_err(|e| failed(&directory, &e))?;
            match decode(&line) {
                Ok(Line::Known(record)) => Ok(*record),
                _ => Err(Problem::new(ProblemKind::Bug, "a record can't be read back")),
            }
        }))
    }
}

fn failed(directory: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("can't keep records in {}: {error}", directory.display()))
        .hint("make room there, or name a directory that has some with --tmp-dir")
}

#[cfg(test)]
mod tests {
    use tt_record::{Delete, S3Url};

    use super::*;

    #[test]
    fn what_goes_in_comes_out_however_much_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let record = |size| {
            let dst = S3Url { bucket: "b".into(), key: format!("{size}\n\u{1f600}{}", "x".repeat(1000)) };
            Record::Delete(Delete { dst, size, etag: None })
        };
        for count in [0, 1, 2000] {
            let mut spool = Spool::new(directory.path());
            (0..count).for_each(|size| spool.push(&record(size)).unwrap());
            let again: Vec<_> = spool.replay().unwrap().map(Result::unwrap).collect();
            assert_eq!(again, (0..count).map(record).collect::<Vec<_>>());
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn without_room_it_is_said_where() {
        let mut spool = Spool::new(Path::new("/nonexistent"));
        let dst = S3Url { bucket: "b".into(), key: "x".repeat(IN_MEMORY) };
        let problem = spool.push(&Record::Delete(Delete { dst, size: 1, etag: None })).unwrap_err();
        assert!(problem.message.starts_with("can't keep records in /nonexistent: "), "{problem}");
    }
}
