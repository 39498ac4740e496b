//! The inside of a worker thread: one runtime, one client, and several jobs under way at once.

use std::{future::Future, sync::Arc, thread::available_parallelism};

use tokio::{runtime, task::JoinSet};
use tt_record::{Problem, ProblemKind, Record};
use tt_store::{RetryNote, S3Options, Store};

use crate::{Jobs, Results, Stop};

/// What is done with each job.
pub trait Work: Send + Sync + 'static {
    /// A job.
    type Job: Send + 'static;

    /// Does one job. Work that takes long looks at `stop` now and then, and gives up once it is raised. `None` for a job
    /// that was not begun for that reason.
    fn work(&self, store: &Store, stop: &Stop, job: Self::Job)
    -> impl Future<Output = Option<Record>> + Send;
}

/// How jobs are spread: one thread a core, but no more than there are jobs at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crew {
    /// How many threads.
    pub threads: usize,
    /// How many jobs are under way in each.
    pub lanes: usize,
}

impl Crew {
    /// A crew that has `jobs` under way at once.
    pub fn new(jobs: usize) -> Self {
        let threads = available_parallelism().map_or(1, usize::from).min(jobs.max(1));
        Self { threads, lanes: jobs.max(1).div_ceil(threads) }
    }
}

/// How a thread works.
pub struct Lanes {
    /// Where S3 is.
    pub s3: S3Options,
    /// Told of what is tried again.
    pub note: RetryNote,
    /// How many jobs are under way in one thread.
    pub lanes: usize,
}

impl Lanes {
    /// Works until there are no more jobs, in the calling thread.
    pub fn run<W: Work>(&self, work: &Arc<W>, jobs: &Jobs<W::Job>, results: &Results) {
        match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.drive(work, jobs, results)),
            Err(e) => {
                results.fatal_blocking(Problem::new(
                    ProblemKind::Io,
                    format!("can't start a thread's runtime: {e}"),
                ));
            }
        }
    }

    async fn drive<W: Work>(&self, work: &Arc<W>, jobs: &Jobs<W::Job>, results: &Results) {
        // Where there is nothing to do, credentials need not be there.
        let Some(first) = jobs.next().await else { return };
        let store = match Store::connect(&self.s3, Arc::clone(&self.note)).await {
            Ok(store) => store,
            Err(problem) => return results.fatal(problem).await,
        };
        let mut lanes = JoinSet::new();
        let mut first = Some(first);
        for _ in 0..self.lanes.max(1) {
            lanes.spawn(lane(Arc::clone(work), store.clone(), first.take(), jobs.clone(), results.clone()));
        }
        while let Some(ended) = lanes.join_next().await {
            if let Err(e) = ended {
                results
                    .fatal(Problem::new(ProblemKind::Bug, format!("a worker stopped by a bug: {e}")))
                    .await;
            }
        }
    }
}

/// One job after another.
async fn lane<W: Work>(
    work: Arc<W>,
    store: Store,
    first: Option<W::Job>,
    jobs: Jobs<W::Job>,
    results: Results,
) {
    let mut next = first;
    loop {
        let job = match next.take() {
            Some(job) => job,
            None => match jobs.next().await {
                Some(job) => job,
                None => return,
            },
        };
        let Some(record) = work.work(&store, jobs.stop(), job).await else { return };
        if let Record::Fail(fail) = &record
            && fail.error.kind.stops_everything()
        {
            // At once, and not only when the writer comes to hear of it: others are about to try the same.
            jobs.stop().raise();
            results.fatal(fail.error.clone()).await;
        }
        results.record(record).await;
    }
}
