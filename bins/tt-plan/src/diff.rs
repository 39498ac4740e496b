//! The comparison: both sides in the order of their keys, held against each other one by one.
//!
//! Always holds: what is not known for sure on either side is neither uploaded nor kept, but reported; and the same two
//! sides give the same plan.

use std::cmp::Ordering;

use tt_cli::{Exit, Interrupt, Output, Progress};
use tt_record::{
    Fail, Item, Keep, Problem, ProblemKind, Properties, Put, PutReason, Record, S3Url, Skip, Source, Stage,
};
use tt_store::Listed;
use tt_tree::{Found, FoundFile, KeyRange};

use crate::sides::Sides;

/// S3's limit on the length of a key, in bytes.
const LONGEST_KEY: usize = 1024;

/// What is looked at, and what is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compare {
    /// Whether a newer file is uploaded although the sizes are the same.
    pub(crate) times: bool,
    /// Whether what is up to date is written too.
    pub(crate) keep: bool,
}

/// How it went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) exit: Exit,
    /// To upload.
    pub(crate) bytes: u64,
    /// Files whose mtime is later than now.
    pub(crate) in_the_future: u64,
}

/// A comparison under way.
pub(crate) struct Diff {
    dest: S3Url,
    compare: Compare,
    now: jiff::Timestamp,
    summary: Summary,
    progress: Progress,
}

impl Diff {
    pub(crate) fn new(dest: S3Url, compare: Compare, progress: Progress) -> Self {
        let summary = Summary { exit: Exit::OK, bytes: 0, in_the_future: 0 };
        Self { dest, compare, now: jiff::Timestamp::now(), summary, progress }
    }

    pub(crate) fn summary(&self) -> Summary {
        self.summary
    }

    /// Writes the plan. Fails as soon as a side can't be read to its end: what was written up to there is true.
    pub(crate) fn run(
        &mut self,
        sides: &mut Sides,
        output: &mut Output,
        interrupt: &Interrupt,
    ) -> Result<(), Problem> {
        let mut object = None;
        loop {
            let mut wait = || stopped(interrupt).map_or_else(|| output.flush(), Err);
            let Some(found) = sides.local.next(&mut wait)? else { break };
            if let Found::File(file) = &found {
                object = self.seek(file, object, || sides.remote.next(&mut wait))?;
            }
            self.progress.expect(1, 0);
            self.progress.file_done();
            if let Some(record) = self.judge(found, object.as_ref()) {
                self.write(&record, output)?;
            }
        }
        if object.is_none() {
            // A bucket that is not there, or not ours to list, shows even where there is nothing to upload.
            sides.remote.next(|| stopped(interrupt).map_or_else(|| output.flush(), Err))?;
        }
        self.progress.all_known();
        // Whether the listing is whole matters to what was planned on its strength: every key was held against it.
        stopped(interrupt).map_or(Ok(()), Err)
    }

    /// The first object whose key is not before the file's.
    fn seek(
        &self,
        file: &FoundFile,
        mut object: Option<Listed>,
        mut next: impl FnMut() -> Result<Option<Listed>, Problem>,
    ) -> Result<Option<Listed>, Problem> {
        loop {
            match object {
                Some(found) if self.order(&found, file) != Ordering::Less => return Ok(Some(found)),
                _ => match next()? {
                    Some(further) => object = Some(further),
                    None => return Ok(None),
                },
            }
        }
    }

    fn order(&self, object: &Listed, file: &FoundFile) -> Ordering {
        let key = object.key.as_bytes();
        let (prefix, name) = (self.dest.key.as_bytes(), file.name.as_bytes());
        // Everything that is listed begins with the prefix.
        key.get(prefix.len()..).unwrap_or_default().cmp(name)
    }

    /// What is to be said about something that was found.
    fn judge(&mut self, found: Found, object: Option<&Listed>) -> Option<Record> {
        match found {
            Found::File(file) => {
                let object = object.filter(|object| self.order(object, &file) == Ordering::Equal);
                self.judge_file(&file, object)
            }
            Found::Skip { path, why, .. } => {
                Some(Record::Skip(Skip { source: Source::from(path.as_path()), why }))
            }
            Found::Unknown { path, range, problem } => {
                let dst = match range {
                    KeyRange::Key(name) | KeyRange::Below(name) => Some(self.dest.join(&name)),
                    KeyRange::None => None,
                };
                Some(failed(Source::from(path.as_path()), dst, problem))
            }
        }
    }

    fn judge_file(&mut self, file: &FoundFile, object: Option<&Listed>) -> Option<Record> {
        let dst = self.dest.join(&file.name);
        let source = Source::from(file.path.as_path());
        if dst.key.len() > LONGEST_KEY {
            let message =
                format!("the key would have {} bytes, and S3 takes at most {LONGEST_KEY}", dst.key.len());
            let problem =
                Problem::new(ProblemKind::Name, message).hint("use shorter names or a shorter prefix");
            return Some(failed(source, Some(dst), problem));
        }
        let item = Item { source, dst, size: file.size, mtime: file.mtime };
        let etag = object.and_then(|object| object.etag.clone());
        match self.reason(file, object) {
            Some(why) => {
                self.summary.bytes += file.size;
                self.summary.in_the_future += u64::from(file.mtime > self.now);
                Some(Record::Put(Put { item, why, etag, properties: Properties::default() }))
            }
            None => self.compare.keep.then_some(Record::Keep(Keep { item, etag })),
        }
    }

    /// Why a file is to be uploaded, if it is. S3 keeps times to the second.
    fn reason(&self, file: &FoundFile, object: Option<&Listed>) -> Option<PutReason> {
        let Some(object) = object else { return Some(PutReason::New) };
        if object.size != file.size {
            Some(PutReason::Size)
        } else if self.compare.times && file.mtime.as_second() > object.modified.as_second() {
            Some(PutReason::Newer)
        } else {
            None
        }
    }

    fn write(&mut self, record: &Record, output: &mut Output) -> Result<(), Problem> {
        if record.is_failure() {
            self.summary.exit = self.summary.exit.and(Exit::ITEMS);
        }
        output.write(record)
    }
}

fn failed(source: Source, dst: Option<S3Url>, error: Problem) -> Record {
    Record::Fail(Fail { stage: Stage::Plan, source: Some(source), dst, error })
}

fn stopped(interrupt: &Interrupt) -> Option<Problem> {
    interrupt.raised().then(|| {
        Problem::new(ProblemKind::Interrupted, "interrupted: the plan is incomplete")
            .hint("run the same command again")
    })
}
