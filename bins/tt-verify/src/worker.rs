//! What is done with each record: ask S3, read the file, compare.

use std::{
    collections::HashSet,
    convert::Infallible,
    sync::{Mutex, PoisonError},
};

use tt_cli::Progress;
use tt_flow::{Step, Stop, Work, Worker};
use tt_object::{Evidence, sum_of_file};
use tt_record::{Fail, Item, Line, Problem, ProblemKind, Properties, Record, Stage, Verdict, VerdictKind};
use tt_store::{Head, Store};
use tt_sum::{Algorithm, Sum};
use tt_tree::SourceFile;

use crate::compare::{suspicion, verdict};

/// An object to prove: the verdict, as far as it is known before anything was looked at.
pub(crate) type Job = Box<Verdict>;

/// Holds objects against files.
pub(crate) struct Verifier {
    progress: Progress,
    /// Buckets that are known to exist: of a missing object S3 does not say whether its bucket is there.
    buckets: Mutex<HashSet<String>>,
}

impl Work for Verifier {
    type Job = Job;
    type Piece = Infallible;

    async fn work(&self, worker: &Worker<Infallible>, job: Job) -> Option<Record> {
        let Worker { store, stop, .. } = worker;
        let (source, dst) = (job.item.source.clone(), job.item.dst.clone());
        let proved = stop.or(Box::pin(self.prove(store, stop, *job))).await?;
        Some(match proved {
            Ok((kind, verdict)) => {
                self.progress.file_done();
                Record::verdict(kind, verdict)
            }
            Err(error) => {
                self.progress.file_failed();
                Record::Fail(Fail { stage: Stage::Verify, source: Some(source), dst: Some(dst), error })
            }
        })
    }

    async fn piece(&self, _: &Store, piece: Infallible) {
        match piece {}
    }
}

/// Decides what becomes of each record that is read.
pub(crate) fn router(progress: Progress) -> impl Fn(&Line) -> Step<Job> + Send + 'static {
    move |line| {
        let Line::Known(record) = line else { return Step::Pass };
        match question(record) {
            Some(job) => {
                progress.expect(1, job.item.size);
                Step::Work(job)
            }
            None => Step::Pass,
        }
    }
}

/// What there is to prove about a record.
fn question(record: &Record) -> Option<Job> {
    let blank = |item: &Item| Verdict {
        item: item.clone(),
        why: None,
        properties: Properties::default(),
        outcome: None,
        by: None,
        expected: None,
        found: None,
        note: None,
    };
    let verdict = match record {
        Record::Keep(keep) => blank(&keep.item),
        Record::Put(put) => {
            Verdict { why: Some(put.why.clone()), properties: put.properties.clone(), ..blank(&put.item) }
        }
        Record::Pushed(pushed) => Verdict {
            why: Some(pushed.why.clone()),
            properties: pushed.properties.clone(),
            outcome: Some(pushed.outcome.clone()),
            ..blank(&pushed.item)
        },
        _ => return None,
    };
    Some(Box::new(verdict))
}

impl Verifier {
    pub(crate) fn new(progress: &Progress) -> Self {
        Self { progress: progress.clone(), buckets: Mutex::default() }
    }

    /// Finds out whether the object is the file.
    async fn prove(
        &self,
        store: &Store,
        stop: &Stop,
        blank: Verdict,
    ) -> Result<(VerdictKind, Verdict), Problem> {
        let request = self.progress.request();
        let Some(head) = store.head(&blank.item.dst).await? else {
            self.check_bucket(store, &blank).await?;
            return Ok((VerdictKind::Missing, blank));
        };
        drop(request);
        let file = SourceFile::open(&blank.item.source.path())?;
        if file.size() != head.size {
            return Ok((VerdictKind::Mismatch, of_size(blank, file.size(), head.size)));
        }
        let evidence = Evidence::of(&head);
        match (evidence.algorithm(), evidence.found()) {
            (Some(algorithm), Some(found)) => {
                let expected = evidence.express(&self.sum(&file, algorithm, stop).await?);
                Ok(judged(blank, &evidence, expected, found))
            }
            _ => Ok((VerdictKind::Unverifiable, unverifiable(blank, &head, &evidence))),
        }
    }

    /// A missing object may be a missing bucket.
    async fn check_bucket(&self, store: &Store, verdict: &Verdict) -> Result<(), Problem> {
        let bucket = &verdict.item.dst.bucket;
        if !self.buckets.lock().unwrap_or_else(PoisonError::into_inner).contains(bucket) {
            store.check_bucket(&verdict.item.dst).await?;
            self.buckets.lock().unwrap_or_else(PoisonError::into_inner).insert(bucket.clone());
        }
        Ok(())
    }

    /// Reads the file from end to end. Lets the other lanes of the thread go on in between.
    async fn sum(&self, file: &SourceFile, algorithm: Algorithm, stop: &Stop) -> Result<Sum, Problem> {
        let _under_way = self.progress.file(file.path(), file.size());
        sum_of_file(file, algorithm, |length| {
            self.progress.moved(length);
            if stop.raised() { Err(stopped(file)) } else { Ok(()) }
        })
        .await
    }
}

fn judged(blank: Verdict, evidence: &Evidence, expected: String, found: &str) -> (VerdictKind, Verdict) {
    let kind = verdict(&expected, found);
    let note = (kind == VerdictKind::Mismatch)
        .then(|| suspicion(blank.outcome.as_ref(), &expected, found).to_owned());
    (
        kind,
        Verdict {
            by: evidence.name(),
            expected: Some(expected),
            found: Some(found.to_owned()),
            note,
            ..blank
        },
    )
}

fn of_size(blank: Verdict, expected: u64, found: u64) -> Verdict {
    let note = if expected == blank.item.size {
        "the object has another size: it is not the one that was meant"
    } else {
        "the file has another size than before: it changed after it was planned or uploaded"
    };
    Verdict {
        by: Some("size".to_owned()),
        expected: Some(expected.to_string()),
        found: Some(found.to_string()),
        note: Some(note.to_owned()),
        ..blank
    }
}

fn unverifiable(blank: Verdict, head: &Head, evidence: &Evidence) -> Verdict {
    let why = if let Evidence::None(why) = evidence { why } else { "" };
    let note = format!("the object can't be compared without downloading it: {why}");
    Verdict { found: head.etag.clone(), note: Some(note), ..blank }
}

fn stopped(file: &SourceFile) -> Problem {
    Problem::new(ProblemKind::Interrupted, format!("stopped while {} was read", file.path().display()))
}
