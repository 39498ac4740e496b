//! What is done with each record.

use std::{path::Path, time::Instant};

use tt_cli::{Console, Progress, human_bytes};
use tt_flow::{Step, Stop, Work};
use tt_record::{
    Delete, Fail, Item, Line, Outcome, Problem, ProblemKind, Properties, Pushed, Put, Record, Skip,
    SkipReason, Stage,
};
use tt_store::Store;
use tt_tree::SourceFile;

use crate::{
    budget::Budget,
    buffers::Buffers,
    cli::Request,
    properties::resolve,
    upload::{Turn, Unsent, Uploaded, Uploader, calm_down, open_settled},
};

/// How often a file that changes while it is read is tried.
const ATTEMPTS: u32 = 3;

/// Something to be done.
pub(crate) enum Job {
    Put(Box<Put>),
    Delete(Delete),
}

/// Does what records say.
pub(crate) struct Pusher {
    properties: Properties,
    part_size: u64,
    budget: Budget,
    buffers: Buffers,
    progress: Progress,
    console: Console,
}

impl Pusher {
    pub(crate) fn new(request: &Request, budget: &Budget, console: &Console, progress: &Progress) -> Self {
        Self {
            properties: request.properties.clone(),
            part_size: request.part_size,
            budget: budget.clone(),
            buffers: Buffers::default(),
            progress: progress.clone(),
            console: console.clone(),
        }
    }

    /// Uploads a file, or says why not. Nothing, if it is still waiting for its turn when the flow is stopped.
    async fn put(&self, uploader: &Uploader, put: Put) -> Option<Record> {
        let started = Instant::now();
        let path = put.item.source.path();
        let properties = resolve(put.properties.clone(), &self.properties, &path);
        for attempt in 1..=ATTEMPTS {
            let turn = uploader.turn(put.item.size).await?;
            match uploaded(uploader, turn, &path, &put, &properties).await {
                Ok(done) => {
                    self.progress.file_done();
                    return Some(pushed(put, properties, done, attempt, started));
                }
                Err(Unsent::Failed(problem)) => {
                    self.progress.file_failed();
                    return Some(failed(&put.item, problem));
                }
                Err(Unsent::Changed) => {
                    let path = path.display();
                    self.console.detail(format_args!("{path} changed while it was read (attempt {attempt})"));
                    calm_down().await;
                }
            }
        }
        self.progress.file_failed();
        Some(Record::Skip(Skip { source: put.item.source, why: SkipReason::Changing }))
    }
}

impl Work for Pusher {
    type Job = Job;

    async fn work(&self, store: &Store, stop: &Stop, job: Job) -> Option<Record> {
        match job {
            Job::Put(put) => {
                let uploader = Uploader {
                    store: store.clone(),
                    budget: self.budget.clone(),
                    buffers: self.buffers.clone(),
                    progress: self.progress.clone(),
                    stop: stop.clone(),
                    part_size: self.part_size,
                };
                self.put(&uploader, *put).await
            }
            Job::Delete(delete) => Some(match store.delete(&delete.dst, delete.etag.as_deref()).await {
                Ok(()) => Record::Deleted(delete),
                Err(error) => {
                    Record::Fail(Fail { stage: Stage::Push, source: None, dst: Some(delete.dst), error })
                }
            }),
        }
    }
}

/// Decides what becomes of each record that is read.
pub(crate) fn router(progress: Progress) -> impl Fn(&Line) -> Step<Job> + Send + 'static {
    move |line| match line {
        Line::Foreign(name) => Step::Refuse(foreign(name)),
        Line::Known(record) => match &**record {
            Record::Put(put) => {
                progress.expect(1, put.item.size);
                Step::Work(Job::Put(Box::new(put.clone())))
            }
            Record::Delete(delete) => Step::Work(Job::Delete(delete.clone())),
            _ => Step::Pass,
        },
    }
}

/// Looks at every file as an upload would, and passes the plan on.
pub(crate) fn rehearsal(console: Console) -> impl Fn(&Line) -> Step<Job> + Send + 'static {
    move |line| match line {
        Line::Foreign(name) => Step::Refuse(foreign(name)),
        Line::Known(record) => {
            if let Record::Put(put) = &**record {
                match SourceFile::open(&put.item.source.path()) {
                    Ok(file) => console.detail(format_args!(
                        "would upload {} to {}",
                        human_bytes(file.size()),
                        put.item.dst
                    )),
                    Err(problem) => return Step::Say(Box::new(failed(&put.item, problem))),
                }
            }
            Step::Pass
        }
    }
}

/// What can't be understood might change what is to be done.
fn foreign(name: &str) -> Problem {
    let message = format!("a record of type {name:?}, which this version can't carry out");
    Problem::new(ProblemKind::Stream, message)
        .hint("use the tt-push that came with the tool that wrote it, or take such records out with jq")
}

async fn uploaded(
    uploader: &Uploader,
    turn: Turn,
    path: &Path,
    put: &Put,
    properties: &Properties,
) -> Result<Uploaded, Unsent> {
    let file = open_settled(path).await?;
    uploader.upload(turn, file, &put.item.dst, properties).await
}

fn failed(item: &Item, error: Problem) -> Record {
    Record::Fail(Fail {
        stage: Stage::Push,
        source: Some(item.source.clone()),
        dst: Some(item.dst.clone()),
        error,
    })
}

fn pushed(put: Put, properties: Properties, uploaded: Uploaded, attempts: u32, started: Instant) -> Record {
    let Uploaded { file, stored, parts } = uploaded;
    Record::Pushed(Pushed {
        item: Item { size: file.size(), mtime: file.mtime(), ..put.item },
        why: put.why,
        properties,
        outcome: Outcome {
            etag: stored.etag,
            version_id: stored.version_id,
            checksum: stored.checksum,
            parts,
            resumed: 0,
            attempts,
            seconds: (started.elapsed().as_secs_f64() * 1e3).round() / 1e3,
        },
    })
}
