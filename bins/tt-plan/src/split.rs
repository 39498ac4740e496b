//! `--split`: the plan as several plans of equal work, each a whole stream in a file of its own.
//!
//! Records wait in a [`Spool`] until all are known; then they are read back, [`deal`]t and written to [`files`]. Always
//! holds: all parts together are exactly the plan, and either all of them are there or none.

mod deal;
mod files;

use std::{
    fmt,
    fs::{self, DirEntry},
    io,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint, value_parser};
use tt_cli::{counted, human_bytes};
use tt_record::{Begin, Problem, ProblemKind, Record};

use self::{deal::Hand, files::Files};
use crate::{effort::Effort, outlet::Summary, spool::Spool};

/// Where the plan goes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Where the plan goes")]
pub(crate) struct SplitFlags {
    /// Write the plan as N plans of equal work, in bytes and requests, one for each of N machines; at most 10000
    /// [default: one plan, on stdout].
    #[arg(long, value_name = "N", requires = "output", value_parser = value_parser!(u16).range(1..=10_000))]
    split: Option<u16>,
    /// The directory for these plans: plan-0.ndjson, plan-1.ndjson and so on. It is made if need be, and may hold no such
    /// files [default: none].
    #[arg(long, short, value_name = "DIR", requires = "split", value_hint = ValueHint::DirPath)]
    output: Option<PathBuf>,
}

/// What is to become of the plan.
#[derive(Debug)]
pub(crate) struct Split {
    count: u16,
    directory: PathBuf,
}

impl SplitFlags {
    pub(crate) fn resolve(self) -> Option<Split> {
        let (count, directory) = self.split.zip(self.output)?;
        Some(Split { count, directory })
    }
}

/// The parts in the making. Nothing is left of them unless they are finished.
pub(crate) struct Parts {
    files: Files,
    spool: Spool,
    hand: Hand,
}

impl Parts {
    /// Makes the directory. What does not fit into memory waits in `spool` until the plan is whole.
    pub(crate) fn create(split: &Split, spool: &Path, begin: Begin) -> Result<Self, Problem> {
        let Split { count, directory } = split;
        fs::create_dir_all(directory).map_err(|e| unusable(directory, &e))?;
        check_empty(directory)?;
        let files = Files::create(directory, *count, begin).map_err(|e| unusable(directory, &e))?;
        Ok(Self { files, spool: Spool::new(spool), hand: Hand::default() })
    }

    /// Where the parts are to be.
    pub(crate) fn directory(&self) -> &Path {
        self.files.directory()
    }

    /// Takes the next record of the plan.
    pub(crate) fn write(&mut self, record: &Record) -> Result<(), Problem> {
        if let Some(effort) = Effort::of(record) {
            self.hand.add(effort);
        }
        self.spool.push(record)
    }

    /// Deals the records, and makes the parts appear. Whatever goes only to be told goes to the first, as do the plan's
    /// exit code and the number of unchanged files. Gives up when `check` fails.
    pub(crate) fn finish(
        self,
        summary: Summary,
        check: impl Fn() -> Result<(), Problem>,
    ) -> Result<Made, Problem> {
        let Self { mut files, spool, hand } = self;
        let mut dealer = hand.deal(files.count());
        let mut made = Made::new(files.directory(), files.count());
        for record in spool.replay()? {
            check()?;
            let record = record?;
            let effort = Effort::of(&record);
            let part = effort.map_or(0, |effort| dealer.next(effort));
            made.note(part, effort, &record);
            files.write(part, &record)?;
        }
        files.publish(summary, || check_empty(&made.directory), check)?;
        Ok(made)
    }
}

/// What was written.
pub(crate) struct Made {
    directory: PathBuf,
    parts: Vec<Effort>,
    /// Skipped or failed.
    left: u64,
}

impl Made {
    fn new(directory: &Path, count: u16) -> Self {
        Self { directory: directory.into(), parts: vec![Effort::default(); count.into()], left: 0 }
    }

    fn note(&mut self, part: u16, effort: Option<Effort>, record: &Record) {
        self.left += u64::from(record.is_failure());
        if let (Some(sum), Some(effort)) = (self.parts.get_mut(usize::from(part)), effort) {
            *sum += effort;
        }
    }

    /// What whoever runs the parts has to know.
    pub(crate) fn warning(&self) -> Option<String> {
        let Self { directory, left, .. } = self;
        let first = directory.join("plan-0.ndjson");
        (*left > 0).then(|| {
            let what = counted(*left, "path");
            format!("{what} skipped or failed: {} says which and why", first.display())
        })
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = |effort: Effort| {
            format!("{} in {}", human_bytes(effort.bytes), counted(effort.requests(), "request"))
        };
        let light = self.parts.iter().min().copied().unwrap_or_default();
        let heavy = self.parts.iter().max().copied().unwrap_or_default();
        let count = u64::try_from(self.parts.len()).unwrap_or(u64::MAX);
        write!(f, "wrote {} to {}", counted(count, "plan"), self.directory.display())?;
        write!(f, "; the lightest is {}, the heaviest {}", work(light), work(heavy))
    }
}

/// Parts of another plan must not be carried out with these.
fn check_empty(directory: &Path) -> Result<(), Problem> {
    let entries = fs::read_dir(directory).map_err(|e| unusable(directory, &e))?;
    match entries.filter_map(Result::ok).find(is_part) {
        None => Ok(()),
        Some(part) => {
            let message =
                format!("{} holds parts of a plan already, such as {}", directory.display(), name(&part));
            Err(Problem::new(ProblemKind::Usage, message)
                .hint("name another directory with -o, or remove its plan-*.ndjson"))
        }
    }
}

fn is_part(entry: &DirEntry) -> bool {
    let name = name(entry);
    name.starts_with("plan-") && name.ends_with(".ndjson")
}

fn name(entry: &DirEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}

fn unusable(directory: &Path, error: &io::Error) -> Problem {
    let message = format!("can't write plans to {}: {error}", directory.display());
    Problem::new(ProblemKind::Io, message).hint("name a directory with -o that you may write to")
}
