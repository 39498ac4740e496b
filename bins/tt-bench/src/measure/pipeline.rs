//! Programs joined by pipes, and what they take: time, CPU and memory of all of them, with all that they started.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tt_cli::{Interrupt, printable};
use tt_programs::last_lines;
use tt_record::{End, Line, Problem, ProblemKind, Record, decode};
use wait4::ResUse;

use super::processes::{Processes, stderr};
use crate::tools::Stage;

/// How soon a signal is noticed.
const TICK: Duration = Duration::from_millis(50);

/// How much is read of what a program says that fails.
const LAST_WORDS: u64 = 2_000;

/// How many lines of that are shown.
const LINES: usize = 2;

/// Runs programs, as long as nobody wants to stop.
pub(crate) struct Runner<'a> {
    interrupt: &'a Interrupt,
    /// Where they write what they say.
    scratch: &'a Path,
    /// How long a pipeline may take.
    limit: Duration,
}

/// What a pipeline took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    pub(crate) wall: Duration,
    pub(crate) user: Duration,
    pub(crate) system: Duration,
    /// Bytes: the largest that each program had, all together.
    pub(crate) memory: u64,
}

/// How a pipeline went.
pub(crate) struct Done {
    pub(crate) started: Timestamp,
    pub(crate) usage: Usage,
    /// What the last program wrote to stdout.
    pub(crate) stdout: PathBuf,
    stages: Vec<Ended>,
    late: bool,
}

/// How one of its programs ended.
struct Ended {
    program: String,
    status: ExitStatus,
    stderr: PathBuf,
}

impl Done {
    /// What went wrong, in a line.
    pub(crate) fn failed(&self) -> Option<String> {
        if self.late {
            return Some("it did not come to an end, and was stopped".to_owned());
        }
        // Ours end with what the one before them ended with; who says something knows why.
        let failed = || self.stages.iter().filter(|ended| !ended.status.success());
        let telling = failed().find(|ended| !ended.last_words().is_empty());
        let failed = telling.or_else(|| failed().next())?;
        let code = failed.status.code().unwrap_or_else(|| 128 + failed.status.signal().unwrap_or_default());
        Some(match failed.last_words() {
            said if said.is_empty() => format!("{} ended with {code}", failed.program),
            said => format!("{} ended with {code}: {}", failed.program, printable(&said)),
        })
    }

    /// The record that closes what the last program wrote, if it is one of ours and came so far.
    pub(crate) fn end(&self) -> Option<End> {
        let text = tail(&self.stdout).ok()?;
        match decode(text.lines().next_back()?).ok()? {
            Line::Known(record) => match *record {
                Record::End(end) => Some(end),
                _ => None,
            },
            Line::Foreign(_) => None,
        }
    }
}

impl Ended {
    fn last_words(&self) -> String {
        last_lines(&tail(&self.stderr).unwrap_or_default(), LINES)
    }
}

/// The end of a file.
fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl<'a> Runner<'a> {
    pub(crate) fn new(interrupt: &'a Interrupt, scratch: &'a Path, limit: Duration) -> Self {
        Self { interrupt, scratch, limit }
    }

    /// Fails once a signal has come.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if self.interrupt.raised() { Err(interrupted()) } else { Ok(()) }
    }

    /// Runs programs as one pipeline. A signal ends them.
    pub(crate) fn run(&self, stages: &[Stage]) -> Result<Done, Problem> {
        self.check()?;
        self.pipeline(stages, || self.interrupt.raised())
    }

    /// The same, whatever signals come: for what has to be cleared away.
    pub(crate) fn to_the_end(&self, stages: &[Stage]) -> Result<Done, Problem> {
        self.pipeline(stages, || false)
    }

    fn pipeline(&self, stages: &[Stage], stop: impl Fn() -> bool) -> Result<Done, Problem> {
        let stdout = self.scratch.join("stdout");
        let (started, clock) = (Timestamp::now(), Instant::now());
        let mut processes = Processes::start(stages, self.scratch, &stdout)?;
        let mut ends: Vec<Option<(Instant, ResUse)>> = stages.iter().map(|_| None).collect();
        let mut late = false;
        while ends.iter().any(Option::is_none) {
            match processes.next(TICK) {
                Ok((number, at, used)) => ends[number] = Some((at, used.map_err(|e| unmeasured(&e))?)),
                Err(RecvTimeoutError::Timeout) if stop() => return Err(interrupted()),
                Err(RecvTimeoutError::Timeout) if !late && clock.elapsed() > self.limit => {
                    late = true;
                    processes.kill();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Problem::new(ProblemKind::Bug, "a program is lost"));
                }
            }
        }
        let ends: Vec<_> = ends.into_iter().flatten().collect();
        let usage = usage(clock, &ends);
        let ended = |(number, (stage, (_, used))): (usize, (&Stage, &(Instant, ResUse)))| Ended {
            program: stage.program.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            status: used.status,
            stderr: stderr(self.scratch, number),
        };
        let stages = stages.iter().zip(&ends).enumerate().map(ended).collect();
        Ok(Done { started, usage, stdout, stages, late })
    }
}

fn usage(clock: Instant, ends: &[(Instant, ResUse)]) -> Usage {
    let all = ends.iter().map(|(_, used)| &used.rusage);
    Usage {
        wall: ends.iter().map(|(at, _)| at.duration_since(clock)).max().unwrap_or_default(),
        user: all.clone().map(|used| used.utime).sum(),
        system: all.clone().map(|used| used.stime).sum(),
        memory: all.map(|used| used.maxrss).sum(),
    }
}

fn interrupted() -> Problem {
    Problem::new(ProblemKind::Interrupted, "interrupted: there is no report")
        .hint("nothing is left behind; run the same command again")
}

fn unmeasured(error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Bug, format!("what a program took can't be told: {error}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn sh(script: &str) -> Stage {
        Stage::new(Path::new("/bin/sh")).args(["-c", script])
    }

    fn run(limit: Duration, stages: &[Stage]) -> (Done, String) {
        let scratch = tempfile::tempdir().unwrap();
        let done = Runner::new(&Interrupt::default(), scratch.path(), limit).run(stages).unwrap();
        let said = fs::read_to_string(&done.stdout).unwrap();
        // What is said on stderr is there only as long as the directory.
        std::mem::forget(scratch);
        (done, said)
    }

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_pipeline_is_measured_as_a_whole() {
        let spin = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; cat";
        let (done, said) = run(MINUTE, &[sh("echo hello"), sh(spin)]);
        assert_eq!((said.as_str(), done.failed()), ("hello\n", None));
        let Usage { wall, user, system, memory } = done.usage;
        assert!(wall > Duration::ZERO && user + system > Duration::ZERO, "{:?}", done.usage);
        assert!(memory > 1 << 20, "{memory}");
    }

    #[test]
    fn what_went_wrong_is_told() {
        let (done, _) = run(MINUTE, &[sh("echo so >&2; echo it is >&2; exit 3"), sh("cat")]);
        assert_eq!(done.failed().as_deref(), Some("sh ended with 3: so; it is"));
        let (done, _) = run(MINUTE, &[sh("kill -9 $$")]);
        assert_eq!(done.failed().as_deref(), Some("sh ended with 137"));
        let (done, _) = run(Duration::from_millis(100), &[sh("sleep 600 & sleep 600")]);
        assert!(done.failed().unwrap().contains("was stopped"));
    }

    #[test]
    fn a_program_that_is_not_there_ends_the_others() {
        let scratch = tempfile::tempdir().unwrap();
        let interrupt = Interrupt::default();
        let runner = Runner::new(&interrupt, scratch.path(), MINUTE);
        let missing = runner.run(&[sh("sleep 600"), Stage::new(Path::new("/no/such/program"))]);
        assert!(missing.err().unwrap().message.contains("/no/such/program"));
    }
}
