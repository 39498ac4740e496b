//! How a pipeline ended, and what it wrote.

use std::{fmt, os::unix::process::ExitStatusExt, path::PathBuf, process::ExitStatus};

use crate::{Records, SECRET_KEY, Stage};

/// How much of a stream is shown when a test fails.
const SHOWN: usize = 6000;

/// A stage that has ended.
#[derive(Debug)]
pub struct Ended {
    stage: Stage,
    status: ExitStatus,
    /// What it wrote to stderr.
    pub stderr: String,
}

/// How a pipeline ended.
#[derive(Debug)]
pub struct Outcome {
    directory: PathBuf,
    stages: Vec<Ended>,
    stdout: Vec<u8>,
}

impl Ended {
    pub(crate) fn new(stage: Stage, status: ExitStatus, stderr: &[u8]) -> Self {
        Self { stage, status, stderr: String::from_utf8_lossy(stderr).into_owned() }
    }

    /// The exit code; that of a process that a signal ended is 128 and the signal's number, as shells say it.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or(0))
    }
}

impl Outcome {
    pub(crate) fn new(directory: PathBuf, stages: Vec<Ended>, stdout: Vec<u8>) -> Self {
        Self { directory, stages, stdout }
    }

    /// What holds for all tests: nothing panics, and the secret is told to nobody.
    pub(crate) fn check(&self) {
        for ended in self.stages.iter().filter(|ended| ended.stage.is_ours()) {
            assert!(!ended.stderr.contains("panicked"), "{} panicked\n{self}", ended.stage.program);
            assert!(!ended.stderr.contains(SECRET_KEY), "{} told the secret\n{self}", ended.stage.program);
        }
        assert!(!self.text().contains(SECRET_KEY), "the output holds the secret\n{self}");
    }

    /// Fails the test unless the last stage ended with `code`.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        let found = self.last().code();
        assert!(found == code, "exit code {found} instead of {code}\n{self}");
        self
    }

    /// Fails the test unless the stages ended with these codes.
    #[track_caller]
    pub fn expect_all(self, codes: &[i32]) -> Self {
        let found: Vec<_> = self.stages.iter().map(Ended::code).collect();
        assert!(found == codes, "exit codes {found:?} instead of {codes:?}\n{self}");
        self
    }

    /// Fails the test unless a stage, counted from 0, said this on stderr.
    #[track_caller]
    pub fn expect_said(self, stage: usize, text: &str) -> Self {
        assert!(self.stages[stage].stderr.contains(text), "stage {stage} does not say {text:?}\n{self}");
        self
    }

    /// Fails the test unless a stage, counted from 0, reported an error with a hint.
    #[track_caller]
    pub fn expect_hint(self, stage: usize) -> Self {
        self.expect_said(stage, ": error: ").expect_said(stage, ": hint: ")
    }

    /// Fails the test unless all of it was silent on stderr.
    #[track_caller]
    pub fn expect_silence(self) -> Self {
        assert!(self.stages.iter().all(|ended| ended.stderr.is_empty()), "stderr is not empty\n{self}");
        self
    }

    /// Fails the test if any stage reported an error, or warned of something.
    #[track_caller]
    pub fn expect_no_complaint(self) -> Self {
        let complains =
            |ended: &Ended| [": error: ", ": warning: "].iter().any(|label| ended.stderr.contains(label));
        assert!(!self.stages.iter().any(complains), "there are complaints on stderr\n{self}");
        self
    }

    /// A stage, counted from 0.
    pub fn stage(&self, index: usize) -> &Ended {
        &self.stages[index]
    }

    /// What the last stage wrote to stdout.
    pub fn stdout(&self) -> &[u8] {
        &self.stdout
    }

    /// The same, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The same, read strictly as a stream of records.
    #[track_caller]
    pub fn records(&self) -> Records {
        self.records_with(&[])
    }

    /// The same, where records of these unknown types are allowed.
    #[track_caller]
    pub fn records_with(&self, foreign: &[&str]) -> Records {
        let records = Records::read(&self.stdout, foreign)
            .unwrap_or_else(|e| panic!("stdout is not a stream of records: {e}\n{self}"));
        let (said, found) = (records.exit(), self.last().code());
        assert!(said == i64::from(found), "end says exit {said}, and it was {found}\n{self}");
        records
    }

    fn last(&self) -> &Ended {
        self.stages.last().expect("a pipeline has stages")
    }
}

impl fmt::Display for Outcome {
    /// All that helps to understand what went wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  in {}", self.directory.display())?;
        for ended in &self.stages {
            let args: Vec<_> = ended.stage.args.iter().map(|arg| arg.to_string_lossy()).collect();
            writeln!(f, "  {} {:?} {:?}: exit {}", ended.stage.program, args, ended.stage.env, ended.code())?;
        }
        for ended in &self.stages {
            section(f, &format!("stderr of {}", ended.stage.program), &ended.stderr)?;
        }
        section(f, "stdout", &self.text())
    }
}

/// A stream with its name; of a long one the head and the tail.
fn section(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    let chars = text.chars().count();
    if chars <= SHOWN {
        return writeln!(f, "--- {name}\n{text}");
    }
    let head: String = text.chars().take(SHOWN / 2).collect();
    let tail: String = text.chars().skip(chars - SHOWN / 2).collect();
    writeln!(f, "--- {name}\n{head}\n[… {} characters …]\n{tail}", chars - SHOWN)
}
