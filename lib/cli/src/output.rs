//! Records going out: buffered, counted, closed by an `end` that tells the truth.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    os::fd::AsFd,
    time::Instant,
};

use indicatif::MultiProgress;
use tt_record::{Arrived, Begin, Counts, End, Fail, Part, Problem, ProblemKind, Record, Stage, encode};

use crate::{Console, Exit, Patient, printable_json};

/// An id for a pipeline that begins here; later ones sort behind earlier ones.
pub fn new_run() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Who vouches for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This tool: it has done or found what the record says.
    Own,
    /// A tool before this one: the record only passes through.
    Passed,
}

/// Shows records to a person instead of writing them as lines.
pub trait Present {
    /// Shows one record.
    fn record(&mut self, record: &Record, origin: Origin, out: &mut dyn Write) -> io::Result<()>;
    /// Shows how it went.
    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()>;
}

/// Takes note of all records that are written, whatever becomes of stdout.
pub trait Observe {
    /// Takes note of one record.
    fn record(&mut self, record: &Record, origin: Origin) -> Result<(), Problem>;
    /// Takes note of how it went, and comes to its own end.
    fn end(self: Box<Self>, end: &End) -> Result<(), Problem>;
}

/// stdout, and what may be drawn on the same terminal.
struct Stdout {
    file: Patient<File>,
    bars: Option<MultiProgress>,
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { file, bars } = self;
        match bars {
            Some(bars) => bars.suspend(|| file.write(bytes)),
            None => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// stdout as a stream of records, or as something for people where it is a terminal.
pub struct Output {
    tool: &'static str,
    out: BufWriter<Stdout>,
    present: Option<Box<dyn Present>>,
    /// Whether a terminal shows the records as they are.
    bare: bool,
    observers: Vec<Box<dyn Observe>>,
    sample: Option<f64>,
    counts: Counts,
    passed: Counts,
    arrived: Arrived,
    part: Option<Part>,
    started: Instant,
    line: Vec<u8>,
}

impl Output {
    /// Opens stdout. On a terminal `present` speaks, unless `json` is wanted.
    pub fn open(tool: &'static str, json: bool, present: Box<dyn Present>) -> Result<Self, Problem> {
        let stdout = io::stdout();
        // Not through std's stdout: that writes line by line.
        let file = stdout.as_fd().try_clone_to_owned().map(File::from).map_err(|e| failed(&e))?;
        Ok(Self {
            tool,
            out: BufWriter::with_capacity(1 << 16, Stdout { file: Patient(file), bars: None }),
            present: (stdout.is_terminal() && !json).then_some(present),
            bare: stdout.is_terminal() && json,
            observers: Vec::new(),
            sample: None,
            counts: Counts::new(),
            passed: Counts::new(),
            arrived: Arrived::default(),
            part: None,
            started: Instant::now(),
            line: Vec::with_capacity(512),
        })
    }

    /// What is written for people does not cut through what the console draws.
    #[must_use]
    pub fn beside(mut self, console: &Console) -> Self {
        self.out.get_mut().bars = self.present.is_some().then(|| console.bars().clone());
        self
    }

    /// Has these told of all records too.
    #[must_use]
    pub fn observed(mut self, observers: Vec<Box<dyn Observe>>) -> Self {
        self.observers = observers;
        self
    }

    /// Only this share of the objects is looked at: the end will tell.
    #[must_use]
    pub fn sampled(mut self, share: Option<f64>) -> Self {
        self.sample = share;
        self
    }

    /// What came of what was announced, and how many files were not looked at: the end will tell.
    pub fn arrived(&mut self, arrived: Arrived) {
        self.arrived = arrived;
    }

    /// Opens the stream. Takes over the run id and the part of `upstream`, and its source and destination where `begin` has
    /// none.
    pub fn begin(&mut self, mut begin: Begin, upstream: Option<&Begin>) -> Result<(), Problem> {
        if let Some(upstream) = upstream {
            begin.run.clone_from(&upstream.run);
            (begin.part, begin.parts) = (upstream.part, upstream.parts);
            begin.source = begin.source.or_else(|| upstream.source.clone());
            begin.dest = begin.dest.or_else(|| upstream.dest.clone());
        }
        self.part = begin.of_part();
        self.emit(&Record::Begin(begin))
    }

    /// Writes a record, and counts it.
    pub fn write(&mut self, record: &Record) -> Result<(), Problem> {
        count(&mut self.counts, record.name());
        self.emit(record)
    }

    /// Passes on a record as it came in, and counts it. A foreign one has only its text.
    pub fn pass(&mut self, name: &str, record: Option<&Record>, text: &str) -> Result<(), Problem> {
        count(&mut self.counts, name);
        if record.is_some_and(Record::is_result) {
            count(&mut self.passed, name);
        }
        record.map_or(Ok(()), |record| self.tell(record, Origin::Passed))?;
        let Self { out, present, bare, .. } = self;
        match (present, record) {
            (Some(present), Some(record)) => present.record(record, Origin::Passed, out),
            (Some(_), None) => Ok(()),
            (None, _) if *bare => out.write_all((printable_json(text) + "\n").as_bytes()),
            (None, _) => out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")),
        }
        .map_err(|e| failed(&e))
    }

    /// Hands on what is buffered. To be called before waiting for anything.
    pub fn flush(&mut self) -> Result<(), Problem> {
        self.out.flush().map_err(|e| failed(&e))
    }

    /// How many records of each type were written.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Closes the stream after `problem` stopped the work: says so on stderr, in a `fail` record, and in the `end`.
    pub fn abort(
        mut self,
        console: &Console,
        stage: Stage,
        problem: Problem,
        so_far: Exit,
        bytes: u64,
    ) -> Result<Exit, Problem> {
        console.error(&problem);
        let exit = Exit::of(&problem).and(so_far);
        self.write(&Record::Fail(Fail { stage, source: None, dst: None, error: problem }))?;
        self.end(exit, true, bytes)
    }

    /// Closes the stream. An observer that can't come to its end fails it, after all was written.
    pub fn end(mut self, exit: Exit, incomplete: bool, bytes: u64) -> Result<Exit, Problem> {
        let mut end = self.account(exit, incomplete, bytes);
        // What observers write to stdout, too, does not cut through a record.
        let flushed = self.flush();
        let problem = self.close_observers(&end);
        flushed?;
        if let Some(problem) = &problem {
            let exit = Exit::of(problem).and(exit);
            (end.ok, end.exit) = (false, exit.code());
        }
        match &mut self.present {
            Some(present) => present.end(&end, &mut self.out).map_err(|e| failed(&e))?,
            None => self.emit(&Record::End(end))?,
        }
        self.flush()?;
        problem.map_or(Ok(exit), Err)
    }

    /// What the last line says.
    fn account(&mut self, exit: Exit, incomplete: bool, bytes: u64) -> End {
        let Arrived { unseen, unannounced, unchanged, mut covers } = std::mem::take(&mut self.arrived);
        if covers.len() == 1 && covers.first() == self.part.as_ref() {
            covers.clear();
        }
        End {
            ok: exit == Exit::OK,
            exit: exit.code(),
            counts: std::mem::take(&mut self.counts),
            bytes,
            seconds: (self.started.elapsed().as_secs_f64() * 1e3).round() / 1e3,
            incomplete,
            sample: self.sample,
            passed: std::mem::take(&mut self.passed),
            unseen,
            unannounced,
            unchanged,
            covers,
            ..End::new(self.tool)
        }
    }

    /// Lets all of them come to their end. What went wrong first.
    fn close_observers(&mut self, end: &End) -> Option<Problem> {
        let ended = std::mem::take(&mut self.observers).into_iter().map(|observer| observer.end(end));
        ended.fold(None, |first, ended| first.or(ended.err()))
    }

    fn tell(&mut self, record: &Record, origin: Origin) -> Result<(), Problem> {
        self.observers.iter_mut().try_for_each(|observer| observer.record(record, origin))
    }

    fn emit(&mut self, record: &Record) -> Result<(), Problem> {
        self.tell(record, Origin::Own)?;
        if let Some(present) = &mut self.present {
            return present.record(record, Origin::Own, &mut self.out).map_err(|e| failed(&e));
        }
        self.line.clear();
        encode(record, &mut self.line)
            .map_err(|e| Problem::new(ProblemKind::Bug, format!("a record can't be written: {e}")))?;
        let Self { out, line, bare, .. } = self;
        // The same records, which say the same; to programs they go without that.
        let shown = if *bare { str::from_utf8(line).ok().map(printable_json) } else { None };
        out.write_all(shown.as_ref().map_or(line.as_slice(), |shown| shown.as_bytes()))
            .map_err(|e| failed(&e))
    }
}

fn count(counts: &mut Counts, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => {
            counts.insert(name.into(), 1);
        }
    }
}

/// A problem with stdout. Once results can't be reported any more, nothing more may be done.
fn failed(error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Problem::new(ProblemKind::Io, "stopped: whoever read the output has left (broken pipe)");
    }
    Problem::new(ProblemKind::Io, format!("writing to stdout failed: {error}"))
        .hint("what was written up to there is valid; make room and run the same command again")
}
