//! What is done with each record.

use std::{
    path::PathBuf,
    pin::pin,
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};

use tt_cli::{Console, Progress, human_bytes};
use tt_flow::{Step, Work, Worker};
use tt_object::Disk;
use tt_record::{
    Delete, Fail, Item, Line, Outcome, Problem, ProblemKind, Pushed, Put, Record, Skip, SkipReason, Stage,
};
use tt_store::{CustomerKey, Store, Target, Upload, check_properties};
use tt_tree::{Manner, SourceFile};

use crate::{
    budget::Budget,
    cli::Request,
    deletes::Deletes,
    mend::asks_to_mend,
    part::PartJob,
    properties::Keep,
    reader::Reader,
    router::{Clashes, withheld},
    safety::Safety,
    upload::{Turn, Unsent, Uploaded, Uploader, calm_down, stopped},
    uploads::Uploads,
};

/// How often a file is tried that changes while it is read, or whose upload S3 lost.
const ATTEMPTS: u32 = 3;

/// Something to be done.
pub(crate) enum Job {
    Put(Box<Put>),
    Delete(Delete),
}

/// Does what records say.
pub(crate) struct Pusher {
    keep: Keep,
    safety: Safety,
    manner: Manner,
    uploader: Uploader,
    deletes: Deletes,
    uploads: Arc<Uploads>,
    /// Whether objects are deleted although something was not uploaded.
    ignores_errors: bool,
}

/// One file on its way to its object.
struct Errand<'a> {
    worker: &'a Worker<PartJob>,
    put: &'a Put,
    path: PathBuf,
    /// The upload that an attempt before this one has left.
    unfinished: Option<Upload>,
}

impl Pusher {
    pub(crate) fn new(
        request: &Request,
        budget: &Budget,
        console: &Console,
        progress: &Progress,
        uploads: Arc<Uploads>,
    ) -> Self {
        let Request { pacing, safety, keep, s3, .. } = request;
        let check = safety.check();
        let uploader = Uploader {
            budget: budget.clone(),
            reader: Reader::new(Disk::new(s3.limits.timeout), check.algorithm, pacing.memory),
            progress: progress.clone(),
            console: console.clone(),
            part_size: pacing.part_size,
            check,
            reads_twice: safety.reads_twice(),
            may_resume: safety.may_resume(),
            customer_key: s3.sse_c_key.as_ref().map(CustomerKey::md5),
            said: AtomicBool::default(),
            said_of_mending: AtomicBool::default(),
        };
        Self {
            keep: keep.clone(),
            safety: safety.clone(),
            manner: safety.manner(),
            uploader,
            deletes: Deletes::default(),
            uploads,
            ignores_errors: request.ignore_errors,
        }
    }

    /// Uploads a file, or says why not. Nothing, if it is still waiting for its turn when the flow is stopped.
    async fn put(&self, worker: &Worker<PartJob>, put: Put) -> Option<Record> {
        let started = Instant::now();
        let mut errand = Errand { worker, put: &put, path: put.item.source.path(), unfinished: None };
        let outcome = self.attempts(&mut errand).await;
        // One that the run was stopped with may be resumed.
        if let Some(upload) = &errand.unfinished
            && (outcome.is_some() || !self.safety.may_resume())
        {
            Box::pin(self.uploader.give_up(worker, upload)).await;
        }
        match outcome? {
            Ok((file, uploaded, attempts)) => {
                self.uploader.progress.file_done();
                if is_another(&put.item, &file) {
                    self.uploader.console.detail(format_args!(
                        "{} is not the file that was planned: uploaded as it is now",
                        errand.path.display()
                    ));
                }
                Some(pushed(put, &file, uploaded, attempts, started))
            }
            Err(record) => {
                self.uploader.progress.file_failed();
                Some(record)
            }
        }
    }

    async fn attempts(
        &self,
        errand: &mut Errand<'_>,
    ) -> Option<Result<(Arc<SourceFile>, Uploaded, u32), Record>> {
        let Put { item, .. } = errand.put;
        let mut lost = None;
        for attempt in 1..=ATTEMPTS {
            let to_send = if asks_to_mend(errand.put) { 0 } else { item.size };
            let turn = self.uploader.turn(&errand.worker.stop, to_send).await?;
            match self.attempt(errand, turn).await {
                Ok((file, uploaded)) => return Some(Ok((file, uploaded, attempt))),
                Err(Unsent::Failed(problem)) => return Some(Err(failed(item, problem))),
                Err(Unsent::Lost(problem)) => {
                    self.uploader.console.detail(format_args!("{problem} (attempt {attempt})"));
                    lost = Some(problem);
                }
                Err(Unsent::Changed) => {
                    let path = errand.path.display();
                    let console = &self.uploader.console;
                    console.detail(format_args!("{path} changed while it was read (attempt {attempt})"));
                    lost = None;
                    calm_down().await;
                }
            }
        }
        Some(Err(match lost {
            Some(problem) => failed(item, problem),
            None => Record::Skip(Skip { source: item.source.clone(), why: SkipReason::Changing }),
        }))
    }

    async fn attempt(
        &self,
        errand: &mut Errand<'_>,
        turn: Turn,
    ) -> Result<(Arc<SourceFile>, Uploaded), Unsent> {
        let Errand { worker, put, path, unfinished } = errand;
        let opening = pin!(self.uploader.open_settled(path, &self.manner));
        let file = worker.stop.or(opening).await.ok_or_else(|| stopped(path))??;
        let mut target = Target {
            dst: put.item.dst.clone(),
            properties: self.keep.resolve(put.properties.clone(), &file),
            condition: self.safety.condition(put),
            checked: self.uploader.check.announced,
        };
        if asks_to_mend(put)
            && let Some(mended) = Box::pin(self.uploader.mend(worker, put, &file, &mut target)).await?
        {
            return Ok((file, mended));
        }
        let uploaded = self.uploader.upload(worker, turn, &file, target, unfinished).await?;
        Ok((file, uploaded))
    }

    /// Deletes an object once all that was to be uploaded is there, or says why not. Nothing, if it is still waiting when the
    /// flow is stopped.
    async fn delete(&self, worker: &Worker<PartJob>, delete: Delete) -> Option<Record> {
        if let Err(error) = self.safety.check_deletion(&delete) {
            return Some(not_allowed(&delete, error));
        }
        let objection = worker.stop.or(pin!(self.uploads.objection())).await?;
        if worker.stop.raised() {
            return None;
        }
        if let Some(why) = objection.filter(|_| !self.ignores_errors) {
            return Some(withheld(delete, why));
        }
        Some(self.delete_now(worker, delete).await)
    }

    async fn delete_now(&self, worker: &Worker<PartJob>, delete: Delete) -> Record {
        let _under_way = self.uploader.progress.request();
        let deleting = Box::pin(self.deletes.delete(&worker.store, &delete));
        let deleted = worker.stop.or(deleting).await;
        match deleted.unwrap_or_else(|| Err(not_deleted(&delete))) {
            Ok(()) => Record::Deleted(delete),
            Err(error) => {
                Record::Fail(Fail { stage: Stage::Push, source: None, dst: Some(delete.dst), error })
            }
        }
    }
}

impl Work for Pusher {
    type Job = Job;
    type Piece = PartJob;

    async fn work(&self, worker: &Worker<PartJob>, job: Job) -> Option<Record> {
        match job {
            Job::Put(put) => {
                let record = match self.safety.check_place(&put.item.dst) {
                    Ok(()) => self.put(worker, *put).await,
                    Err(problem) => {
                        self.uploader.progress.file_failed();
                        Some(failed(&put.item, problem))
                    }
                };
                self.uploads.finish(matches!(record, Some(Record::Pushed(_))));
                record
            }
            Job::Delete(delete) => Box::pin(self.delete(worker, delete)).await,
        }
    }

    async fn piece(&self, store: &Store, part: PartJob) {
        part.perform(store, &self.uploader.reader).await;
    }
}

/// Looks at every file as an upload would, and passes the plan on.
pub(crate) fn rehearsal(
    console: Console,
    keep: Keep,
    safety: Safety,
) -> impl FnMut(Line) -> Step<Job> + Send + 'static {
    let (manner, mut clashes) = (safety.manner(), Clashes::default());
    move |line| {
        let record = match &line {
            Line::Foreign(name) => return Step::Refuse(foreign(name)),
            Line::Known(record) => &**record,
        };
        if let Some(step) = clashes.step(record) {
            return step;
        }
        if let Record::Delete(delete) = record
            && let Err(error) = safety.check_deletion(delete)
        {
            return Step::Say(Box::new(not_allowed(delete, error)));
        }
        if let Record::Put(put) = record {
            let allowed = safety.check_place(&put.item.dst);
            match allowed.and_then(|()| rehearsed(put, &keep, &manner)) {
                Ok(_) if asks_to_mend(put) => {
                    console.detail(format_args!("would change the properties of {}", put.item.dst));
                }
                Ok(size) => {
                    let size = human_bytes(size);
                    console.detail(format_args!("would upload {size} to {}", put.item.dst));
                }
                Err(problem) => return Step::Say(Box::new(failed(&put.item, problem))),
            }
        }
        Step::Pass(line)
    }
}

/// What there would be to upload, if it could be.
fn rehearsed(put: &Put, keep: &Keep, manner: &Manner) -> Result<u64, Problem> {
    let file = SourceFile::open_as(&put.item.source.path(), manner)?;
    check_properties(&keep.resolve(put.properties.clone(), &file)).map_err(|wrong| {
        Problem::new(ProblemKind::Refused, format!("can't upload {}: {wrong}", put.item.dst))
            .hint("correct what the record or the flags of tt-push say of the object")
    })?;
    Ok(file.size())
}

/// What can't be understood might change what is to be done.
pub(crate) fn foreign(name: &str) -> Problem {
    let message = format!("a record of type {name:?}, which this version can't carry out");
    Problem::new(ProblemKind::Stream, message)
        .hint("use the tt-push that came with the tool that wrote it, or take such records out with jq")
}

fn not_allowed(delete: &Delete, error: Problem) -> Record {
    Record::Fail(Fail { stage: Stage::Push, source: None, dst: Some(delete.dst.clone()), error })
}

fn not_deleted(delete: &Delete) -> Problem {
    let message = format!("stopped while {} was being deleted", delete.dst);
    Problem::new(ProblemKind::Interrupted, message)
        .hint("plan again: it shows whether the object is still there")
}

pub(crate) fn failed(item: &Item, error: Problem) -> Record {
    Record::Fail(Fail {
        stage: Stage::Push,
        source: Some(item.source.clone()),
        dst: Some(item.dst.clone()),
        error,
    })
}

fn pushed(put: Put, file: &SourceFile, uploaded: Uploaded, attempts: u32, started: Instant) -> Record {
    let Uploaded { target, stored, parts, resumed } = uploaded;
    let counted = |parts: usize| u32::try_from(parts).unwrap_or(u32::MAX);
    let Item { size, mtime, .. } = put.item;
    let another = is_another(&put.item, file);
    Record::Pushed(Pushed {
        item: Item { size: file.size(), mtime: file.mtime(), ..put.item },
        why: put.why,
        properties: target.properties,
        outcome: Outcome {
            etag: stored.etag,
            version_id: stored.version_id,
            checksum: stored.checksum,
            parts: counted(parts),
            resumed: counted(resumed),
            attempts,
            seconds: (started.elapsed().as_secs_f64() * 1e3).round() / 1e3,
            planned_size: another.then_some(size),
            planned_mtime: another.then_some(mtime),
        },
    })
}

/// Whether the file is not the one that was planned.
fn is_another(item: &Item, file: &SourceFile) -> bool {
    item.size != file.size() || item.mtime != file.mtime()
}
