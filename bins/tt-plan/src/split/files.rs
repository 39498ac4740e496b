//! The files of the parts, each a whole stream. They appear under their names all at once, when all of them are written.
//!
//! There may be more of them than a process may open, so each is open only while its buffer is written.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use tempfile::TempDir;
use tt_cli::Exit;
use tt_record::{Begin, Counts, End, Problem, ProblemKind, Record, encode};

use crate::{TOOL, outlet::Summary};

/// How many bytes all buffers hold together.
const BUFFERS: usize = 32 << 20;
/// How many one of them holds at most.
const LARGEST_BUFFER: usize = 1 << 20;

/// The files in the making, in a hidden directory beside their places. It goes when this is dropped.
pub(super) struct Files {
    directory: PathBuf,
    making: TempDir,
    begin: Begin,
    started: Instant,
    buffer: usize,
    parts: Vec<Part>,
}

/// One of them.
#[derive(Default)]
struct Part {
    begun: bool,
    waiting: Vec<u8>,
    counts: BTreeMap<&'static str, u64>,
    /// To upload.
    bytes: u64,
}

impl Files {
    /// Begins `count` parts, which are to be in `directory`.
    pub(super) fn create(directory: &Path, count: u16, begin: Begin) -> io::Result<Self> {
        Ok(Self {
            directory: directory.into(),
            making: tempfile::Builder::new().prefix(".tt-plan-").tempdir_in(directory)?,
            begin,
            started: Instant::now(),
            buffer: (BUFFERS / usize::from(count).max(1)).min(LARGEST_BUFFER),
            parts: (0..count).map(|_| Part::default()).collect(),
        })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn count(&self) -> u16 {
        u16::try_from(self.parts.len()).unwrap_or(u16::MAX)
    }

    /// Adds a record to a part.
    pub(super) fn write(&mut self, index: u16, record: &Record) -> Result<(), Problem> {
        self.begin(index)?;
        let Some(part) = self.parts.get_mut(usize::from(index)) else { return Ok(()) };
        *part.counts.entry(record.name()).or_default() += 1;
        if let Record::Put(put) = record {
            part.bytes += put.item.size;
        }
        append(record, &mut part.waiting)?;
        if part.waiting.len() >= self.buffer {
            self.open(index).and_then(|file| self.drain(index, file)).map_err(|e| self.failed(index, &e))?;
        }
        Ok(())
    }

    /// Closes all parts, and gives them their names, if `free` says that nobody else did meanwhile.
    pub(super) fn publish(
        mut self,
        summary: Summary,
        free: impl Fn() -> Result<(), Problem>,
        check: impl Fn() -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        for index in 0..self.count() {
            check()?;
            self.close(index, &summary)?;
        }
        free()?;
        // The first comes last: once it is there, all are.
        for index in (0..self.count()).rev() {
            if let Err(error) = fs::rename(self.made(index), self.place(index)) {
                // Half of a plan is worse than none.
                for named in index + 1..self.count() {
                    drop(fs::remove_file(self.place(named)));
                }
                return Err(self.failed(index, &error));
            }
        }
        File::open(&self.directory).and_then(|file| file.sync_all()).map_err(|e| self.failed(0, &e))
    }

    fn close(&mut self, index: u16, summary: &Summary) -> Result<(), Problem> {
        let seconds = (self.started.elapsed().as_secs_f64() * 1e3).round() / 1e3;
        self.begin(index)?;
        let Some(part) = self.parts.get_mut(usize::from(index)) else { return Ok(()) };
        // What is to be told of the whole plan is told in the first.
        let (exit, unchanged) = if index == 0 { (summary.exit, summary.unchanged) } else { (Exit::OK, 0) };
        let end = End { unchanged: Some(unchanged), ..part.end(exit, seconds) };
        append(&Record::End(end), &mut part.waiting)?;
        let written = self.open(index).and_then(|file| self.drain(index, file));
        written.and_then(|file| file.sync_all()).map_err(|e| self.failed(index, &e))
    }

    /// Opens the stream of a part, once.
    fn begin(&mut self, index: u16) -> Result<(), Problem> {
        let parts = Some(self.count().into());
        let Some(part) = self.parts.get_mut(usize::from(index)).filter(|part| !part.begun) else {
            return Ok(());
        };
        part.begun = true;
        let begin = Begin { part: Some(index.into()), parts, ..self.begin.clone() };
        append(&Record::Begin(begin), &mut part.waiting)
    }

    fn open(&self, index: u16) -> io::Result<File> {
        File::options().append(true).create(true).open(self.made(index))
    }

    /// Writes what waits for a part.
    fn drain(&mut self, index: u16, mut file: File) -> io::Result<File> {
        if let Some(part) = self.parts.get_mut(usize::from(index)) {
            file.write_all(&part.waiting)?;
            part.waiting.clear();
        }
        Ok(file)
    }

    fn made(&self, index: u16) -> PathBuf {
        self.making.path().join(name(index))
    }

    fn place(&self, index: u16) -> PathBuf {
        self.directory.join(name(index))
    }

    fn failed(&self, index: u16, error: &io::Error) -> Problem {
        let message = format!("writing {} failed: {error}", self.place(index).display());
        Problem::new(ProblemKind::Io, message).hint("make room there, and run the same command again")
    }
}

impl Part {
    fn end(&self, exit: Exit, seconds: f64) -> End {
        End {
            ok: exit == Exit::OK,
            exit: exit.code(),
            counts: self.counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<Counts>(),
            bytes: self.bytes,
            seconds,
            ..End::new(TOOL)
        }
    }
}

/// Not zero-padded, so that the plain numbers that engines give their workers fit.
fn name(index: u16) -> String {
    format!("plan-{index}.ndjson")
}

fn append(record: &Record, to: &mut Vec<u8>) -> Result<(), Problem> {
    encode(record, to).map_err(|e| Problem::new(ProblemKind::Bug, format!("a record can't be written: {e}")))
}
