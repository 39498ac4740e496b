//! Records coming in: from files or stdin, one line at a time, with the account of whether all of it came.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use clap::Args;
use tt_record::{Line, Problem, ProblemKind, Requirement, Tally, decode};

use crate::stdin;

/// A line longer than this is not a record: the longest path and key stay far below.
const LONGEST_LINE: u64 = 1 << 24;

/// What the records that come in have to be.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "How it is done")]
pub struct InputFlags {
    /// The input is a piece of a stream: no begin, end, record or part of a plan that is missing is an error [default: it must
    /// be whole].
    #[arg(long)]
    partial_input: bool,
    /// Exit with 65 if put, keep or delete records that were announced did not arrive, or if more records arrived than were
    /// announced [default: a warning, since a filter may drop them on purpose].
    #[arg(long, conflicts_with = "partial_input")]
    require_all: bool,
}

impl InputFlags {
    /// What is required.
    pub fn required(self) -> Requirement {
        Requirement { partial: self.partial_input, lone_part: false, all: self.require_all }
    }
}

/// One line that was read.
#[derive(Debug)]
pub struct Read {
    /// What it holds.
    pub line: Line,
    /// The line itself, for passing on, without its newline.
    pub text: String,
}

/// The streams of records that a tool reads, one after the other.
pub struct Input {
    waiting: VecDeque<PathBuf>,
    current: Option<Stream>,
    /// Whether stdin is all there is.
    only_stdin: bool,
    tally: Tally,
}

struct Stream {
    name: String,
    reader: Box<dyn BufRead + Send>,
    line: u64,
}

impl Input {
    /// Reads `files` in turn, or stdin where there are none; `-` is stdin too. Fails where stdin is a terminal, since
    /// nobody types records.
    pub fn open(files: &[PathBuf]) -> Result<Self, Problem> {
        let mut waiting: VecDeque<PathBuf> = files.iter().cloned().collect();
        if waiting.is_empty() {
            waiting.push_back("-".into());
        }
        if waiting.iter().any(|path| is_stdin(path)) && stdin().is_terminal() {
            return Err(Problem::new(ProblemKind::Usage, "nothing to read: stdin is a terminal").hint(
                "pipe records into it (tt-plan SRC s3://bucket/prefix/ | …), or name files of records",
            ));
        }
        let only_stdin = waiting.iter().all(|path| is_stdin(path));
        Ok(Self { waiting, current: None, only_stdin, tally: Tally::default() })
    }

    /// Whether all of it comes through stdin.
    pub fn is_stdin(&self) -> bool {
        self.only_stdin
    }

    /// The account of what was read so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The next line, or `None` when all was read. After an error nothing more can be read.
    pub fn read(&mut self) -> Result<Option<Read>, Problem> {
        loop {
            let Some(stream) = &mut self.current else {
                match self.waiting.pop_front() {
                    Some(path) => {
                        let stream = Stream::open(&path)?;
                        self.tally.open(&stream.name);
                        self.current = Some(stream);
                    }
                    None => return Ok(None),
                }
                continue;
            };
            let Some((text, whole)) = stream.read_line()? else {
                self.current = None;
                self.tally.close();
                continue;
            };
            if text.trim().is_empty() {
                continue;
            }
            match decode(&text) {
                Ok(line) => {
                    self.tally.note(&line);
                    return Ok(Some(Read { line, text }));
                }
                Err(_) if !whole => self.tally.note_truncated(),
                Err(error) => return Err(stream.problem(&error.to_string())),
            }
        }
    }
}

impl Stream {
    fn open(path: &Path) -> Result<Self, Problem> {
        if is_stdin(path) {
            return Ok(Self {
                name: "stdin".into(),
                reader: Box::new(BufReader::with_capacity(1 << 16, stdin())),
                line: 0,
            });
        }
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| {
            Problem::new(ProblemKind::Io, format!("can't read records from {name}: {e}"))
                .hint("name files that tt-plan or tt-push wrote; - is stdin")
        })?;
        Ok(Self { name, reader: Box::new(BufReader::with_capacity(1 << 16, file)), line: 0 })
    }

    /// The next line, and whether it ended in a newline.
    fn read_line(&mut self) -> Result<Option<(String, bool)>, Problem> {
        let mut bytes = Vec::with_capacity(256);
        let length = io::Read::take(&mut self.reader, LONGEST_LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(|e| Problem::new(ProblemKind::Io, format!("reading {} failed: {e}", self.name)))?;
        if length == 0 {
            return Ok(None);
        }
        self.line += 1;
        let whole = bytes.pop_if(|&mut last| last == b'\n').is_some();
        if !whole && length as u64 == LONGEST_LINE {
            return Err(self.problem("a line of more than 16 MiB"));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some((text, whole))),
            // A character that was cut in half is a line that was cut off.
            Err(error) if !whole => Ok(Some((String::from_utf8_lossy(error.as_bytes()).into_owned(), false))),
            Err(_) => Err(self.problem("not UTF-8")),
        }
    }

    fn problem(&self, what: &str) -> Problem {
        Problem::new(ProblemKind::Stream, format!("{}, line {}: {what}", self.name, self.line))
            .hint("the input must be records as tt-plan and tt-push write them; see tt-records(5)")
    }
}

/// Whether a file's name stands for stdin, as `-` does.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}
