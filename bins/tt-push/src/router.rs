//! What becomes of each record that is read.

use std::sync::Arc;

use tt_cli::Progress;
use tt_flow::{Route, Step};
use tt_record::{Delete, Fail, Line, Problem, ProblemKind, Put, Record, Stage};

use crate::{
    keys::Keys,
    uploads::Uploads,
    worker::{Job, failed, foreign},
};

/// Has uploads done as they come, and deletions after all of them.
pub(crate) struct Router {
    progress: Progress,
    uploads: Arc<Uploads>,
    /// Whether objects are deleted although something failed.
    ignores_errors: bool,
    clashes: Clashes,
}

impl Router {
    pub(crate) fn new(progress: Progress, uploads: Arc<Uploads>, ignores_errors: bool) -> Self {
        Self { progress, uploads, ignores_errors, clashes: Clashes::default() }
    }
}

impl Route<Job> for Router {
    fn step(&mut self, line: Line) -> Step<Job> {
        let record = match line {
            Line::Foreign(name) => return Step::Refuse(foreign(&name)),
            Line::Known(record) => record,
        };
        if let Some(step) = self.clashes.step(&record) {
            if let (Step::Say(_), Record::Put(_)) = (&step, &*record) {
                self.uploads.refuse();
            }
            return step;
        }
        match *record {
            Record::Put(put) => {
                self.progress.expect(1, put.item.size);
                self.uploads.ask();
                Step::Work(Job::Put(Box::new(put)))
            }
            Record::Delete(_) => Step::Last,
            other => {
                if let Record::Fail(_) = other {
                    self.uploads.miss();
                }
                Step::Pass(Line::Known(Box::new(other)))
            }
        }
    }

    fn last(&mut self, line: Line, broken: bool) -> Step<Job> {
        match line {
            Line::Known(record) => match *record {
                Record::Delete(delete) if broken && !self.ignores_errors => Step::Say(Box::new(withheld(
                    delete,
                    "not all of the plan was read, and an upload of the rest may have failed",
                ))),
                Record::Delete(delete) => Step::Work(Job::Delete(delete)),
                other => Step::Pass(Line::Known(Box::new(other))),
            },
            Line::Foreign(_) => Step::Pass(line),
        }
    }
}

/// Finds records that are about the same key as one before them.
#[derive(Default)]
pub(crate) struct Clashes {
    keys: Keys,
    /// The file of the upload before.
    before: String,
}

impl Clashes {
    /// What becomes of a record that can't be carried out.
    pub(crate) fn step<J>(&mut self, record: &Record) -> Option<Step<J>> {
        let clash = match record {
            Record::Put(put) => self.of_put(put),
            Record::Delete(delete) => self.of_delete(delete),
            _ => return None,
        };
        match clash {
            Ok(clash) => clash.map(|record| Step::Say(Box::new(record))),
            Err(problem) => Some(Step::Refuse(problem)),
        }
    }

    fn of_put(&mut self, put: &Put) -> Result<Option<Record>, Problem> {
        let clash = self.keys.put(put, &mut self.before)?;
        Ok(clash.map(|problem| failed(&put.item, problem)))
    }

    fn of_delete(&mut self, delete: &Delete) -> Result<Option<Record>, Problem> {
        let clash = self.keys.delete(delete)?;
        let fail = |error| Fail { stage: Stage::Push, source: None, dst: Some(delete.dst.clone()), error };
        Ok(clash.map(|problem| Record::Fail(fail(problem))))
    }
}

/// An object is not deleted, since what replaces it may not be there.
pub(crate) fn withheld(delete: Delete, why: &str) -> Record {
    let message = format!("{} is not deleted: {why}", delete.dst);
    let error = Problem::new(ProblemKind::Refused, message)
        .hint("correct what failed and run the same command again; --ignore-errors deletes all the same");
    Record::Fail(Fail { stage: Stage::Push, source: None, dst: Some(delete.dst), error })
}
